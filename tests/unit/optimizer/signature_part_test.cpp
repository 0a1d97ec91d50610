#include "optimizer/signature_part.hpp"

#include "layers/manifest.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::optimizer {
namespace {

using evidence::StorageForm;
using test::failure;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// An index of some images in a layout, each of which can be signed.
class SignaturePart : public test::SignedLayout {
 protected:
  layers::Document index_of(std::size_t count) {
    layers::Index index{std::string(layers::media_type::oci_index), {}};
    for (std::size_t i = 0; i < count; ++i) {
      const auto child = test::some_manifest(std::to_string(i));
      destination_.put_manifest(child, "");
      index.manifests.push_back(child.descriptor());
    }
    const auto document = layers::write_index(index);
    destination_.put_root(document, {"index"});
    return document;
  }
  void sign_digest(const layers::Descriptor& what) {
    auto from = source();
    auto signer = test::private_key();
    sign_image({from, destination_, "example.com/a", silent_}, what, signer, StorageForm::tag);
  }
  std::string told(const layers::Document& root, std::string_view key = test::ec_public) {
    auto from = source();
    std::string detail;
    const auto error = failure([&] { detail = check_signature_of(from, root, test::public_key(key), {}); });
    return detail.empty() ? error : detail;
  }
};

TEST_F(SignaturePart, AnImageThatIsSigned) {
  sign(StorageForm::bundle);
  EXPECT_EQ(told(image_), "1 of 1 signature of " + image_.digest.text() + " verified (bundle)");
}

TEST_F(SignaturePart, NothingOrAnotherKeyIsUnverified) {
  EXPECT_EQ(told(image_), "unverified: " + image_.digest.text() + " has no signature");
  sign(StorageForm::both);
  EXPECT_THAT(told(image_, test::other_public), StartsWith("unverified: "));
}

TEST_F(SignaturePart, OfAnIndexItSaysThatItIsTheIndex) {  // hostile 242
  const auto index = index_of(2);
  sign_digest(index.descriptor());
  EXPECT_THAT(told(index), AllOf(HasSubstr(index.digest.text()),
                                 EndsWith("; that is the index, and with it what it lists")));
}

TEST_F(SignaturePart, ASignedChildDoesNotSignItsIndexAndIsNamed) {  // hostile 242
  const auto index = index_of(3);
  const auto child = layers::parse_index(index, "the index").manifests[1];
  sign_digest(child);
  EXPECT_THAT(told(index),
              AllOf(StartsWith("unverified: " + index.digest.text() + " has no signature"),
                    EndsWith("of what this index lists, " + child.digest.text() + " is signed")));
}

TEST_F(SignaturePart, AnIndexOfVeryManyIsNotSearched) {
  const auto index = index_of(33);
  sign_digest(layers::parse_index(index, "the index").manifests[0]);
  EXPECT_THAT(told(index), AllOf(StartsWith("unverified: "), Not(HasSubstr("is signed"))));
}

}  // namespace
}  // namespace whittle::optimizer
