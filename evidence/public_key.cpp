#include "evidence/public_key.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>

#include "common/base64.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/sha256.hpp"
#include "common/text.hpp"
#include "evidence/openssl_library.hpp"
#include "evidence/pem_block.hpp"

namespace whittle::evidence {
namespace {

constexpr std::string_view public_key_label = "PUBLIC KEY";
constexpr std::size_t pem_line = 64;
constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 16384;  // beyond, one verification takes seconds

bool is_p256(const EVP_PKEY& key) {
  std::array<char, 64> name{};
  return EVP_PKEY_get_group_name(&key, name.data(), name.size(), nullptr) == 1 &&
         std::string_view(name.data()) == "prime256v1";
}

// Hostile 237: RSA below 2,048 bits is refused.
void check_kind_of_key(const EVP_PKEY& key, std::string_view what) {
  if (EVP_PKEY_is_a(&key, "EC") == 1 && is_p256(key)) return;
  if (EVP_PKEY_is_a(&key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(&key);
    if (bits >= least_rsa_bits && bits <= most_rsa_bits) return;
    throw Error(ErrorKind::auth, fmt::format("{} is an RSA key of {} bits, which is not between {} and {}",
                                             what, bits, least_rsa_bits, most_rsa_bits));
  }
  const char* const type = EVP_PKEY_get0_type_name(&key);
  throw Error(ErrorKind::unsupported,
              fmt::format("{} is a key of another kind ({}) than ECDSA on P-256 or RSA", what,
                          type == nullptr ? "unknown" : escaped(type)))
      .hint(
          "`cosign generate-key-pair` makes such keys, or `openssl genpkey -algorithm EC -pkeyopt "
          "ec_paramgen_curve:P-256`");
}

[[noreturn]] void refuse_public_label(std::string_view label, std::string_view what) {
  Error error(ErrorKind::auth, fmt::format("{} is no public key: its PEM block is labelled {}", what, label));
  if (label.ends_with("PRIVATE KEY"))
    throw error.hint("signatures are verified with the public key; keep the private one where it is needed");
  if (label == "CERTIFICATE")
    throw error.hint("`openssl x509 -in FILE -noout -pubkey` writes the key of a certificate");
  throw error.hint("a public key begins with -----BEGIN PUBLIC KEY-----");
}

}  // namespace

struct PublicKey::State {
  std::unique_ptr<EVP_PKEY, FreeOpenssl> key;
  std::string der;
};

PublicKey PublicKey::parse(std::string_view pem, std::string_view what) {
  const auto block = read_pem(pem, what);
  if (block.label != public_key_label) refuse_public_label(block.label, what);
  return from_der(block.bytes.view(), what);
}

PublicKey PublicKey::from_der(std::string_view der, std::string_view what) {
  const auto* position = raw(der);
  auto state = std::make_shared<State>();
  state->key.reset(d2i_PUBKEY(nullptr, &position, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!state->key || position != raw(der) + der.size())
    throw Error(ErrorKind::auth,
                fmt::format("{} is no public key: its PEM block holds something else", what));
  check_kind_of_key(*state->key, what);
  state->der = der;
  return PublicKey(std::move(state));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const std::unique_ptr<EVP_MD_CTX, FreeOpenssl> context(EVP_MD_CTX_new());
  if (!context) throw Error(ErrorKind::machine_limit, "no memory to verify a signature");
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string PublicKey::hint() const {
  const auto digest = to_sha256(Digest::of(state_->der));
  return base64_encoded(as_text(digest));
}

std::string PublicKey::pem() const {
  const auto base64 = base64_encoded(state_->der);
  std::string text = fmt::format("-----BEGIN {}-----\n", public_key_label);
  for (std::size_t i = 0; i < base64.size(); i += pem_line) text += base64.substr(i, pem_line) + '\n';
  return text + fmt::format("-----END {}-----\n", public_key_label);
}

bool PublicKey::operator==(const PublicKey& other) const {
  return state_->der == other.state_->der;
}

}  // namespace whittle::evidence
