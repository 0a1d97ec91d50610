// What the tests of signatures and of other attachments share: keys, an image that is only named, and one in
// a layout that can be signed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/file.hpp"
#include "evidence/private_key.hpp"
#include "evidence/signatures.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/layout_image.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/unit/evidence/keys.hpp"

namespace whittle::test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

inline evidence::SecretText no_password() {
  throw Error(ErrorKind::auth, "nobody was to ask for a password");
}
inline evidence::PrivateKey private_key(std::string_view pem = ec_pkcs8) {
  return evidence::PrivateKey::parse(pem, no_password, "the key");
}
inline evidence::PublicKey public_key(std::string_view pem = ec_public) {
  return evidence::PublicKey::parse(pem, "the key");
}

inline layers::Document some_manifest(const std::string& text) {
  const std::string config =
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";
  const layers::Manifest manifest{
      std::string(layers::media_type::oci_manifest),
      {std::string(layers::media_type::oci_config), Digest::of(config), config.size()},
      {},
      {{"text", text}}};
  return layers::write_manifest(manifest);
}

// Of an image that is nowhere.
inline const Digest some_digest = Digest::of(std::string_view("image"));
inline const layers::Descriptor some_image{std::string(layers::media_type::oci_manifest), some_digest, 5};

// A layout with one image in it.
class SignedLayout : public ::testing::Test {
 protected:
  SignedLayout() { destination_.put_root(image_, {"1"}); }

  registry::LayoutSource source() const {
    return {registry::Layout::open(folder_.path() / "layout"), {std::string("1"), {}}, "the layout"};
  }
  std::vector<evidence::Form> sign(evidence::StorageForm form, std::string_view key = ec_pkcs8) {
    auto from = source();
    auto signer = private_key(key);
    return evidence::sign_image({from, destination_, "example.com/a", silent_}, image_.descriptor(), signer,
                                form);
  }
  evidence::Verification verify(std::string_view key = ec_public) const {
    auto from = source();
    return evidence::verify_signatures(from, image_.digest, public_key(key), {});
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  layers::Document image_ = some_manifest("the image");
  SilentReporter silent_;
  registry::LayoutDestination destination_{
      folder_.path() / "layout", AtomicFile::Durability::content, "", {}, "the layout"};
};

// Calls `work` with each bit of the text changed once.
template <class Work>
void for_each_flip(const std::string& text, const Work& work) {
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto changed = text;
    changed[bit / 8] = static_cast<char>(static_cast<unsigned char>(changed[bit / 8]) ^ (1U << (bit % 8)));
    work(changed, bit);
  }
}

}  // namespace whittle::test
