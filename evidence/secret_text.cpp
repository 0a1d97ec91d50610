#include "evidence/secret_text.hpp"

#include <openssl/crypto.h>

namespace whittle::evidence {

SecretText SecretText::taken_from(std::string& bytes) {
  SecretText taken{std::string(bytes)};
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
  return taken;
}

// A short text lies in the object itself, so that moving one leaves its bytes behind.
SecretText::SecretText(SecretText&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_.swap(other.bytes_);
  return *this;
}

void SecretText::wipe() noexcept {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace whittle::evidence
