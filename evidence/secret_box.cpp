#include "evidence/secret_box.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <string>

#include "common/error.hpp"
#include "common/loaded_library.hpp"
#include "evidence/openssl_library.hpp"

namespace whittle::evidence {
namespace {

// Loaded when the first encrypted key is read: most commands read none. OpenSSL has no XSalsa20.
struct Sodium {
  decltype(&sodium_init) init = nullptr;
  decltype(&crypto_secretbox_open_easy) open_box = nullptr;

  Sodium() {
    const LoadedLibrary library("libsodium.so.23", "cosign's encrypted keys are opened by libsodium",
                                "libsodium23");
    library.find(init, "sodium_init");
    library.find(open_box, "crypto_secretbox_open_easy");
    if (init() < 0) throw Error(ErrorKind::machine_limit, "libsodium finds no source of random numbers");
  }
};

static_assert(box_key_size == crypto_secretbox_KEYBYTES && box_nonce_size == crypto_secretbox_NONCEBYTES);

}  // namespace

std::optional<SecretText> open_secret_box(std::string_view box, std::string_view nonce,
                                          const SecretText& key) {
  if (nonce.size() != box_nonce_size || key.view().size() != box_key_size)
    throw Error(ErrorKind::internal, "a secret box is opened with a key or nonce of the wrong size");
  if (box.size() < crypto_secretbox_MACBYTES) return std::nullopt;
  const Sodium sodium;
  std::string text(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (sodium.open_box(raw(text), raw(box), box.size(), raw(nonce), raw(key.view())) != 0) return std::nullopt;
  return SecretText::taken_from(text);
}

SecretText scrypt_key(const SecretText& password, std::string_view salt, const ScryptCost& cost) {
  const auto memory = 128 * cost.r * (cost.n + cost.p + 2);
  std::string key(box_key_size, '\0');
  const bool made = EVP_PBE_scrypt(password.view().data(), password.view().size(), raw(salt), salt.size(),
                                   cost.n, cost.r, cost.p, memory, raw(key), key.size()) == 1;
  ERR_clear_error();
  if (!made)
    throw Error(ErrorKind::machine_limit,
                "making a key of the password failed: there may be too little memory");
  return SecretText::taken_from(key);
}

}  // namespace whittle::evidence
