#include "common/content_tag.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "common/error.hpp"

namespace whittle {

ContentKey ContentKey::random() {
  ContentKey key;
  if (RAND_bytes(key.bytes_.data(), static_cast<int>(size)) != 1)
    throw Error(ErrorKind::machine_limit, "this machine gives no random numbers");
  return key;
}

struct ContentTagger::State {
  struct Free {
    void operator()(EVP_MAC* handle) const { EVP_MAC_free(handle); }
    void operator()(EVP_MAC_CTX* handle) const { EVP_MAC_CTX_free(handle); }
  };
  std::unique_ptr<EVP_MAC, Free> algorithm{EVP_MAC_fetch(nullptr, "GMAC", nullptr)};
  std::unique_ptr<EVP_MAC_CTX, Free> context{algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr};
  std::array<unsigned char, ContentKey::size> key{};

  static void check(bool is_done) {
    if (!is_done) throw Error(ErrorKind::internal, "comparing contents failed in libcrypto");
  }
};

ContentTagger::ContentTagger(const ContentKey& key) : state_(std::make_unique<State>()) {
  State::check(state_->context != nullptr);
  state_->key = key.bytes_;
}
ContentTagger::~ContentTagger() = default;
ContentTagger::ContentTagger(ContentTagger&&) noexcept = default;
ContentTagger& ContentTagger::operator=(ContentTagger&&) noexcept = default;

// One initialisation vector for all: what that gives away, it gives to who sees the tags.
void ContentTagger::begin() {
  std::array<unsigned char, 12> vector{};
  std::string cipher = "AES-128-GCM";
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), cipher.size()),
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, vector.data(), vector.size()),
      OSSL_PARAM_construct_end()};
  const auto& key = state_->key;
  State::check(EVP_MAC_init(state_->context.get(), key.data(), key.size(), parameters.data()) == 1);
}

void ContentTagger::write(Bytes bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  State::check(bytes.empty() || EVP_MAC_update(state_->context.get(), data, bytes.size()) == 1);
}

Digest ContentTagger::finish() {
  std::array<std::byte, 16> tag{};
  std::size_t length = 0;
  auto* out = reinterpret_cast<unsigned char*>(tag.data());
  State::check(EVP_MAC_final(state_->context.get(), out, &length, tag.size()) == 1 && length == tag.size());
  return Digest::of(tag);
}

}  // namespace whittle
