// Every bit of what is signed and of what signs it counts (hostile.md, group K, "Test").
#include "common/base64.hpp"
#include "evidence/bundle.hpp"
#include "evidence/statement_claim.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::Attached;
using evidence::Form;

class BitFlips : public SignedLayout {
 protected:
  // What a signature in that form consists of: the blob, and the annotations that its layer has.
  std::pair<Attached, std::string> signature(evidence::StorageForm form) {
    sign(form);
    auto from = source();
    auto all = evidence::find_attached(
        from, {image_.digest, evidence::signature_suffix, std::string(evidence::sign_predicate)}, {});
    EXPECT_EQ(all.size(), 1U);
    auto bytes = evidence::read_attached(from, all.at(0));
    return {std::move(all.at(0)), std::move(bytes)};
  }
  bool holds(const Attached& one, const std::string& bytes, const Digest& digest) {
    bool logged = false;
    try {
      check_signature(one, bytes, digest, key_, logged);
      return true;
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::unverified || error.kind() == ErrorKind::unsupported)
          << error.what();
      return false;
    }
  }
  evidence::PublicKey key_ = public_key();
};

TEST_F(BitFlips, OfThePayloadAndTheSignatureUnderATag) {
  const auto [one, payload] = signature(evidence::StorageForm::tag);
  ASSERT_TRUE(holds(one, payload, image_.digest));
  for_each_flip(payload, [&, &attached = one](const std::string& changed, std::size_t bit) {
    EXPECT_FALSE(holds(attached, changed, image_.digest)) << bit;
  });
  const std::string name(evidence::signature_annotation);
  for_each_flip(one.blob.annotations.at(name),
                [&, &attached = one, &bytes = payload](const std::string& changed, std::size_t bit) {
                  auto other = attached;
                  other.blob.annotations[name] = changed;
                  EXPECT_FALSE(holds(other, bytes, image_.digest)) << bit;
                });
  auto without = one;
  without.blob.annotations.clear();
  EXPECT_FALSE(holds(without, payload, image_.digest));  // hostile 235
}

TEST_F(BitFlips, OfPayloadTypeAndSignatureInABundle) {
  const auto [one, text] = signature(evidence::StorageForm::bundle);
  ASSERT_TRUE(holds(one, text, image_.digest));
  const auto json = Json::parse(text);
  for (const std::string pointer :
       {"/dsseEnvelope/payload", "/dsseEnvelope/payloadType", "/dsseEnvelope/signatures/0/sig"}) {
    const auto field = json.at(Json::json_pointer(pointer)).get<std::string>();
    for_each_flip(field, [&, &attached = one, &whole = text](const std::string& changed, std::size_t bit) {
      auto altered = whole;  // the bytes as they would come, and not as a library would write them
      altered.replace(altered.find('"' + field + '"') + 1, field.size(), changed);
      EXPECT_FALSE(holds(attached, altered, image_.digest)) << pointer << bit;
    });
  }
}

TEST_F(BitFlips, OfDecodedPayloadAndSignature) {
  const auto [one, text] = signature(evidence::StorageForm::bundle);
  const auto json = Json::parse(text);
  for (const std::string pointer : {"/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig"}) {
    const auto bytes = base64_decoded(json.at(Json::json_pointer(pointer)).get<std::string>()).value();
    for_each_flip(bytes, [&, &attached = one](const std::string& changed, std::size_t bit) {
      auto altered = json;
      altered[Json::json_pointer(pointer)] = base64_encoded(changed);
      EXPECT_FALSE(holds(attached, altered.dump(), image_.digest)) << pointer << bit;
    });
  }
}

class DigestFlips : public BitFlips, public ::testing::WithParamInterface<evidence::StorageForm> {};

TEST_P(DigestFlips, EveryOtherDigitIsAnotherDigest) {
  const auto [one, bytes] = signature(GetParam());
  ASSERT_TRUE(holds(one, bytes, image_.digest));
  for (std::size_t i = 0; i < image_.digest.hex().size(); ++i)
    for (const char c : std::string_view("0123456789abcdef")) {
      auto text = image_.digest.text();
      if (text[7 + i] == c) continue;
      text[7 + i] = c;
      EXPECT_FALSE(holds(one, bytes, Digest::parse(text))) << text;
    }
}

INSTANTIATE_TEST_SUITE_P(BothForms, DigestFlips,
                         ::testing::Values(evidence::StorageForm::tag, evidence::StorageForm::bundle));

TEST_F(BitFlips, OfWhatIsNotSignedChangeNothingThatIsSaid) {
  const auto [one, text] = signature(evidence::StorageForm::bundle);
  const auto hint =
      Json::parse(text).at(Json::json_pointer("/verificationMaterial/publicKey/hint")).get<std::string>();
  auto altered = text;
  altered.replace(altered.find(hint), 4, "AAAA");
  EXPECT_TRUE(holds(one, altered, image_.digest));
}

}  // namespace
}  // namespace whittle::test
