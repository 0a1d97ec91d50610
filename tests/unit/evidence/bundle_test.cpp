#include "evidence/bundle.hpp"

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

Json good_bundle() {
  auto signer = private_key();
  return Json::parse(
      evidence::write_bundle(evidence::sign_envelope(evidence::in_toto_type, "{}", signer), public_key()));
}
std::string parsed(const Json& json) {
  return failure([&] { evidence::parse_bundle(json.dump(), "the bundle"); });
}

TEST(Bundle, WhatCannotBeCheckedIsUnsupported) {  // hostile 240
  const auto with = [](const std::string& pointer, const Json& value) {
    auto json = good_bundle();
    json[Json::json_pointer(pointer)] = value;
    return parsed(json);
  };
  EXPECT_EQ(parsed(good_bundle()), "no error");
  EXPECT_EQ(with("/mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.3"), "no error");
  for (const auto* type : {"application/vnd.dev.sigstore.bundle+json;version=0.1",
                           "application/vnd.dev.sigstore.bundle+json;version=0.2",
                           "application/vnd.dev.sigstore.bundle.v0.4+json", "text/plain"})
    EXPECT_THAT(with("/mediaType", type), StartsWith("unsupported: ")) << type;
  EXPECT_THAT(with("/verificationMaterial", nullptr), StartsWith("unsupported: "));
  EXPECT_THAT(with("/verificationMaterial", Json::object()), HasSubstr("names no key"));
  EXPECT_THAT(with("/verificationMaterial/certificate", {{"rawBytes", "AAAA"}}),
              HasSubstr("a certificate, not by a key"));
  EXPECT_THAT(with("/verificationMaterial/x509CertificateChain", Json::object()), HasSubstr("a certificate"));
  auto message = good_bundle();
  message.erase("dsseEnvelope");
  EXPECT_THAT(parsed(message), StartsWith("unverified: "));
  message["messageSignature"] = Json::object();
  EXPECT_THAT(parsed(message), StartsWith("unsupported: "));
}

TEST(Bundle, EntriesOfALogAreNoticed) {  // hostile 240
  auto json = good_bundle();
  EXPECT_FALSE(evidence::parse_bundle(json.dump(), "it").has_log_entries);
  json["verificationMaterial"]["tlogEntries"] = Json::array();
  EXPECT_FALSE(evidence::parse_bundle(json.dump(), "it").has_log_entries);
  json["verificationMaterial"]["tlogEntries"].push_back(Json::object());
  EXPECT_TRUE(evidence::parse_bundle(json.dump(), "it").has_log_entries);
}

TEST(Bundle, SeveralSignaturesOrContentsAreNone) {
  auto json = good_bundle();
  json["messageSignature"] = Json::object();
  EXPECT_THAT(parsed(json), HasSubstr("both"));
  json = good_bundle();
  json["dsseEnvelope"]["signatures"].push_back(json["dsseEnvelope"]["signatures"][0]);
  EXPECT_THAT(parsed(json), HasSubstr("2 signatures"));
}

}  // namespace
}  // namespace whittle::test
