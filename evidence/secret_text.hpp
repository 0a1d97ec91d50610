// Bytes that nobody else may see: a private key, a password. Overwritten before their memory is given back.
#pragma once

#include <string>
#include <string_view>

namespace whittle::evidence {

// Owns its bytes. Moved, never copied; nothing prints one. Only its own copy is overwritten: whoever handed
// the bytes over may still have another.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string bytes) : bytes_(std::move(bytes)) {}
  // Takes the bytes out of `bytes`, and overwrites what stood there.
  static SecretText taken_from(std::string& bytes);
  ~SecretText() { wipe(); }
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  std::string_view view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void wipe() noexcept;
  std::string bytes_;
};

}  // namespace whittle::evidence
