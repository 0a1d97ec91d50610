// NaCl's secretbox (XSalsa20 and Poly1305), which encrypts cosign's keys, and scrypt, which makes its key of
// a password.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "evidence/secret_text.hpp"

namespace whittle::evidence {

inline constexpr std::size_t box_key_size = 32;
inline constexpr std::size_t box_nonce_size = 24;

// What the box holds; nothing when the key is another or a bit was changed. The sizes of key and nonce must
// be those above. libsodium is loaded for it: Error(unsupported) when it is not there.
std::optional<SecretText> open_secret_box(std::string_view box, std::string_view nonce,
                                          const SecretText& key);

// RFC 7914. Takes 128 · n · r bytes of memory, so whoever calls has checked these numbers.
struct ScryptCost {
  std::uint64_t n = 0;
  std::uint64_t r = 0;
  std::uint64_t p = 0;
  bool operator==(const ScryptCost&) const = default;
};
SecretText scrypt_key(const SecretText& password, std::string_view salt, const ScryptCost& cost);

}  // namespace whittle::evidence
