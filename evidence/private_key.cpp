#include "evidence/private_key.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/error.hpp"
#include "evidence/openssl_library.hpp"
#include "evidence/pem_block.hpp"

namespace whittle::evidence {
namespace {

using Key = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

Key parse_pkcs8(std::string_view der) {
  const auto* position = raw(der);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeOpenssl> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &position, static_cast<long>(der.size())));
  if (!info || position != raw(der) + der.size()) return {};
  return Key(EVP_PKCS82PKEY(info.get()));
}

Key parse_sec1(std::string_view der) {
  const auto* position = raw(der);
  Key key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &position, static_cast<long>(der.size())));
  return position == raw(der) + der.size() ? std::move(key) : Key();
}

[[noreturn]] void refuse_private_label(std::string_view label, std::string_view what) {
  Error error(ErrorKind::auth,
              fmt::format("{} is no private key that can sign: its PEM block is labelled {}", what, label));
  if (label == "PUBLIC KEY")
    throw error.hint("signing takes the private key; the public one is for verifying");
  if (label == "ENCRYPTED PRIVATE KEY" || label == "RSA PRIVATE KEY")
    throw error.hint(
        "`openssl pkcs8 -topk8 -nocrypt` writes it as a PRIVATE KEY, `cosign import-key-pair` encrypted");
  throw error.hint("`cosign generate-key-pair` makes a pair of keys");
}

// Whether private and public part belong together: a key that was put together wrongly would sign for nobody.
void check_pair(EVP_PKEY& key, std::string_view what) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(&key, nullptr),
                                                                            &EVP_PKEY_CTX_free);
  const bool good = context && EVP_PKEY_pairwise_check(context.get()) == 1;
  ERR_clear_error();
  if (!good)
    throw Error(ErrorKind::auth, fmt::format("{} is damaged: its private and public parts do not fit", what));
}

PublicKey public_part(EVP_PKEY& key, std::string_view what) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(&key, &der);
  const std::unique_ptr<unsigned char, FreeOpenssl> owned(der);
  if (size <= 0) throw Error(ErrorKind::auth, fmt::format("{} has no public part", what));
  return PublicKey::from_der({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}, what);
}

}  // namespace

// OpenSSL overwrites the numbers of a private key when it frees them.
struct PrivateKey::State {
  Key key;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state, PublicKey public_key)
    : state_(std::move(state)), public_key_(std::move(public_key)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

PrivateKey PrivateKey::parse(std::string_view pem, const AskPassword& ask, std::string_view what) {
  const auto block = read_pem(pem, what);
  auto state = std::make_unique<State>();
  if (block.label == "PRIVATE KEY")
    state->key = parse_pkcs8(block.bytes.view());
  else if (block.label == "EC PRIVATE KEY")
    state->key = parse_sec1(block.bytes.view());
  else if (block.label == "ENCRYPTED SIGSTORE PRIVATE KEY" || block.label == "ENCRYPTED COSIGN PRIVATE KEY")
    state->key = parse_pkcs8(open_cosign_key(block.bytes.view(), ask, what).view());
  else
    refuse_private_label(block.label, what);
  ERR_clear_error();
  if (!state->key)
    throw Error(ErrorKind::auth,
                fmt::format("{} is no private key: its PEM block holds something else", what));
  auto public_key = public_part(*state->key, what);
  check_pair(*state->key, what);
  return {std::move(state), std::move(public_key)};
}

std::string PrivateKey::sign(std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, FreeOpenssl> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  bool good = context &&
              EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, raw(message), message.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(context.get(), raw(signature), &size, raw(message), message.size()) == 1;
  ERR_clear_error();
  if (!good) throw Error(ErrorKind::internal, "OpenSSL makes no signature with a key that it has read");
  signature.resize(size);
  return signature;
}

}  // namespace whittle::evidence
