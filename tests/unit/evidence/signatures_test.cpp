#include "evidence/signatures.hpp"

#include "common/base64.hpp"
#include "evidence/bundle.hpp"
#include "evidence/simple_signing.hpp"
#include "evidence/statement_claim.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::Form;
using evidence::StorageForm;

TEST_F(SignedLayout, SignsInTheFormsThatAreWanted) {
  EXPECT_EQ(verify().checked.size(), 0U);
  EXPECT_EQ(sign(StorageForm::bundle), std::vector{Form::bundle});
  EXPECT_EQ(sign(StorageForm::both), std::vector{Form::tag});  // the bundle is there
  EXPECT_EQ(verify().good(), 2U);
  EXPECT_THAT(verify().summary(),
              HasSubstr("2 of 2 signatures of " + image_.digest.text() + " verified (bundle, tag)"));
}

TEST_F(SignedLayout, SigningAgainAddsNothing) {
  sign(StorageForm::both);
  EXPECT_EQ(sign(StorageForm::both), std::vector<Form>());
  EXPECT_EQ(verify().checked.size(), 2U);
}

TEST_F(SignedLayout, SeveralSignersShareOneTag) {  // hostile 244
  sign(StorageForm::tag);
  sign(StorageForm::tag, other_pkcs8);
  EXPECT_EQ(verify().checked.size(), 2U);
  EXPECT_EQ(verify().good(), 1U);
  EXPECT_EQ(verify(other_public).good(), 1U);
}

TEST_F(SignedLayout, ASignatureOfAnotherKeyIsNone) {
  sign(StorageForm::both, other_pkcs8);
  const auto found = verify();
  EXPECT_EQ(found.good(), 0U);
  EXPECT_THAT(failure([&] { found.require_good(); }),
              StartsWith("unverified: 2 signatures of " + image_.digest.text() + ", none verified"));
  EXPECT_THAT(failure([&] { verify(rsa_2048_public).require_good(); }), StartsWith("unverified: "));
}

TEST_F(SignedLayout, ASignatureCoversItsDigestAlone) {  // hostile 242
  const auto other = some_manifest("another");
  destination_.put_root(other, {"2"});
  sign(StorageForm::both);
  auto from = source();
  const auto found = evidence::verify_signatures(from, other.digest, public_key(), {});
  EXPECT_EQ(failure([&] { found.require_good(); }),
            "unverified: " + other.digest.text() + " has no signature");
}

// Another writer that takes the tag between our reading and our writing, some times.
class Losing final : public registry::ImageDestination {
 public:
  Losing(registry::ImageDestination& to, layers::Document theirs, int times)
      : to_(to), theirs_(std::move(theirs)), times_(times) {}
  std::optional<Digest> current(const std::string& tag) override { return to_.current(tag); }
  bool has_blob(const layers::Descriptor& one) override { return to_.has_blob(one); }
  bool has_manifest(const layers::Descriptor& one) override { return to_.has_manifest(one); }
  bool mount_blob(const layers::Descriptor&, const std::vector<std::string>&) override { return false; }
  void put_blob(const layers::Descriptor& one, const OpenSource& open, Task& task) override {
    to_.put_blob(one, open, task);
  }
  void put_manifest(const layers::Document& document, const std::string& tag) override {
    to_.put_manifest(times_-- > 0 ? theirs_ : document, tag);
  }
  std::string host() const override { return {}; }
  std::string describe() const override { return "a contended place"; }

 private:
  registry::ImageDestination& to_;
  layers::Document theirs_;
  int times_;
};

class Contended : public SignedLayout {
 protected:
  std::string sign_losing(int times) {
    sign(StorageForm::tag, other_pkcs8);
    auto from = source();
    Losing to(destination_, *from.tagged(evidence::attached_tag(image_.digest, evidence::signature_suffix)),
              times);
    auto signer = private_key();
    return failure([&] {
      sign_image({from, to, "", silent_}, image_.descriptor(), signer, StorageForm::tag);
    });
  }
};

TEST_F(Contended, WhatAnotherSignerOverwroteIsAddedOnceMore) {  // hostile 244
  EXPECT_EQ(sign_losing(2), "no error");
  EXPECT_EQ(verify().good(), 1U);
  EXPECT_EQ(verify(other_public).good(), 1U);
}

TEST_F(Contended, OneThatNeverSettlesIsAConflict) {  // hostile 244
  const auto told = sign_losing(100);
  EXPECT_THAT(told, StartsWith("conflict: "));
  EXPECT_THAT(told, HasSubstr("others change the tag"));
}

// Signatures put into memory by hand, right and wrong.
class HandMade : public ::testing::Test {
 protected:
  layers::Descriptor tagged_layer(const std::string& payload, const std::string& signature) {
    auto layer = place_.add_blob(std::string(evidence::simple_signing_type), payload);
    layer.annotations[std::string(evidence::signature_annotation)] = base64_encoded(signature);
    return layer;
  }
  layers::Descriptor good_layer() {
    const auto payload = evidence::write_simple_signing("", image_.digest);
    return tagged_layer(payload, signer_.sign(payload));
  }
  void set_tag(std::vector<layers::Descriptor> layers) {
    const layers::Manifest manifest{std::string(layers::media_type::oci_manifest),
                                    place_.add_blob(std::string(layers::media_type::oci_config), "{}"),
                                    std::move(layers)};
    place_.set_tag(evidence::attached_tag(image_.digest, evidence::signature_suffix),
                   layers::write_manifest(manifest));
  }
  layers::Descriptor add_bundle(const std::string& bytes, const std::string& listed_type) {
    layers::Manifest manifest{std::string(layers::media_type::oci_manifest),
                              place_.add_blob(std::string(layers::media_type::empty), "{}"),
                              {place_.add_blob(std::string(evidence::bundle_type), bytes)}};
    manifest.subject = image_.descriptor();
    const auto blob = manifest.layers.front();
    auto descriptor = place_.add_document(layers::write_manifest(manifest));
    descriptor.artifact_type = listed_type;
    place_.list_referrer(image_.digest, descriptor);
    return blob;
  }
  std::string verified() {
    return failure(
        [&] { evidence::verify_signatures(place_, image_.digest, public_key(), {}).require_good(); });
  }

  MemoryImage place_;
  layers::Document image_ = some_manifest("the image");
  evidence::PrivateKey signer_ = private_key();
};

TEST_F(HandMade, OneGoodSignatureAmongBadOnesIsEnough) {  // hostile 234
  auto bad = good_layer();
  bad.annotations.clear();
  auto other = private_key(other_pkcs8);
  const auto payload = evidence::write_simple_signing("", image_.digest);
  set_tag({bad, tagged_layer(payload, other.sign(payload)), tagged_layer("{}", signer_.sign("{}")),
           good_layer()});
  EXPECT_EQ(verified(), "no error");
  EXPECT_EQ(evidence::verify_signatures(place_, image_.digest, public_key(), {}).good(), 1U);
}

TEST_F(HandMade, AThousandAreReadAndOneMoreIsALimit) {  // hostile 234
  std::vector<layers::Descriptor> many(999, tagged_layer("{}", "x"));
  many.push_back(good_layer());
  set_tag(many);
  EXPECT_EQ(verified(), "no error");
  add_bundle("{}", "");
  EXPECT_THAT(verified(), StartsWith("limit: "));
}

TEST_F(HandMade, NoLayersAreNoSignature) {  // hostile 234
  set_tag({});
  EXPECT_EQ(verified(), "unverified: " + image_.digest.text() + " has no signature");
}

TEST_F(HandMade, AMissingBlobIsNotAnAbsentSignature) {  // hostile 241
  set_tag({good_layer()});
  const auto bundle = add_bundle("{}", std::string(evidence::bundle_type));
  EXPECT_EQ(verified(), "no error");  // the bundle is bad, which says nothing of the other
  place_.remove(bundle.digest);
  EXPECT_THAT(verified(), StartsWith("registry: "));
}

TEST_F(HandMade, AHugePayloadIsALimit) {  // hostile 236
  auto layer = good_layer();
  layer.size = (16U << 20U) + 1;
  set_tag({layer});
  EXPECT_THAT(verified(), StartsWith("limit: "));
}

TEST_F(HandMade, ABundleIsFoundWhateverTypeARegistryLists) {
  const auto statement = Json{
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", Json::array({Json::object({{"digest", Json::object({{"sha256", image_.digest.hex()}})}})})},
      {"predicateType", evidence::sign_predicate}};
  const auto bundle =
      write_bundle(evidence::sign_envelope(evidence::in_toto_type, statement.dump(), signer_), public_key());
  for (const auto& type :
       {std::string(evidence::bundle_type), std::string(), std::string(layers::media_type::empty)}) {
    place_ = MemoryImage();
    add_bundle(bundle, type);
    EXPECT_EQ(verified(), "no error") << type;
  }
  place_ = MemoryImage();
  add_bundle(bundle, "application/spdx+json");
  EXPECT_THAT(verified(), StartsWith("unverified: "));
}

TEST_F(HandMade, OnlyCertificatesAreUnsupported) {  // hostile 240
  auto layer = tagged_layer("{}", "x");
  layer.annotations[std::string(evidence::certificate_annotation)] = "PEM";
  set_tag({layer});
  EXPECT_THAT(verified(), StartsWith("unsupported: "));
}

// A place whose referrers cannot be asked.
class Down final : public registry::ImageSource {
 public:
  explicit Down(MemoryImage& inner) : inner_(inner) {}
  layers::Document root() override { return inner_.root(); }
  layers::Document manifest(const layers::Descriptor& one) override { return inner_.manifest(one); }
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& one) override {
    return inner_.open_blob(one);
  }
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::vector<layers::Descriptor> referrers(const Digest&) override {
    throw Error(ErrorKind::registry, "500");
  }
  std::optional<layers::Document> tagged(const std::string& tag) override { return inner_.tagged(tag); }
  std::string describe() const override { return "a registry"; }

 private:
  MemoryImage& inner_;
};

TEST_F(HandMade, AnOutageOfOneFormDoesNotMakeTheOtherCount) {  // hostile 241
  set_tag({good_layer()});
  Down down(place_);
  EXPECT_THAT(failure([&] { evidence::verify_signatures(down, image_.digest, public_key(), {}); }),
              StartsWith("registry: "));
}

}  // namespace
}  // namespace whittle::test
