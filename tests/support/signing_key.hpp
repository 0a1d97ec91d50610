// An OpenPGP key of a test's own, and what can be done wrong with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::test {

struct KeyOptions {
  std::string algorithm = "EDDSA";        // as librnp names it; "RSA" takes a while
  unsigned bits = 0;                      // of RSA
  std::uint32_t created = 1'700'000'000;  // seconds since 1970
  std::uint32_t lifetime = 0;             // seconds; 0: it does not expire
};

struct SignOptions {
  std::uint32_t created = 1'750'000'000;
  std::uint32_t lifetime = 0;
  std::string hash = "SHA256";
};

// A primary key that signs. One thread per instance. Throws std::runtime_error where librnp refuses.
class SigningKey {
 public:
  explicit SigningKey(const KeyOptions& options = {});
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

  std::string public_key(bool armoured = true) const;
  std::string fingerprint() const;  // upper-case hexadecimal
  std::string id() const;           // its last 16 digits
  void revoke();
  // The text, clear-signed by this key and others.
  std::string clear_sign(std::string_view text, const SignOptions& options = {},
                         const std::vector<const SigningKey*>& others = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle::test
