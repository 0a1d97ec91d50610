#include "evidence/dsse.hpp"

#include <algorithm>

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::in_toto_type;

Json good_envelope() {
  auto signer = private_key();
  return to_json(evidence::sign_envelope(in_toto_type, "payload?>", signer));
}
std::string verified(const Json& json) {
  return failure(
      [&] { verify_envelope(evidence::parse_envelope(json.dump(), "it"), in_toto_type, public_key()); });
}

TEST(Dsse, WhatIsSignedIsAsTheProtocolSays) {
  EXPECT_EQ(evidence::pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(evidence::pre_authentication_encoding("", ""), "DSSEv1 0  0 ");
}

TEST(Dsse, BothAlphabetsAreRead) {  // hostile 238
  auto json = good_envelope();
  EXPECT_EQ(verified(json), "no error");
  for (Json* text : {&json["payload"], &json["signatures"][0]["sig"]}) {
    auto other = text->get<std::string>();
    std::replace(other.begin(), other.end(), '+', '-');
    std::replace(other.begin(), other.end(), '/', '_');
    *text = other;
  }
  EXPECT_NE(json["payload"].get<std::string>().find_first_of("-_"), std::string::npos);
  EXPECT_EQ(verified(json), "no error");
}

TEST(Dsse, WhatIsNoEnvelopeIsUnverified) {  // hostile 238
  for (const std::string pointer :
       {"/payload", "/payloadType", "/signatures", "/signatures/0", "/signatures/0/sig"}) {
    for (const Json& value : {Json(nullptr), Json(1), Json("no base64"), Json::array(), Json::object()}) {
      auto json = good_envelope();
      json[Json::json_pointer(pointer)] = value;
      EXPECT_THAT(verified(json), StartsWith("unverified: ")) << json;
    }
  }
  EXPECT_THAT(failure([] { evidence::parse_envelope("", "it"); }), StartsWith("unverified: "));
  EXPECT_THAT(failure([] { evidence::parse_envelope("[]", "it"); }), StartsWith("unverified: "));
}

TEST(Dsse, AKeyIdSaysNothing) {  // hostile 238
  auto json = good_envelope();
  json["signatures"][0]["keyid"] = "somebody else";
  EXPECT_EQ(verified(json), "no error");
}

TEST(Dsse, OneGoodSignatureAmongOthersIsEnough) {
  auto json = good_envelope();
  auto other = private_key(other_pkcs8);
  auto theirs = to_json(evidence::sign_envelope(in_toto_type, "payload?>", other));
  EXPECT_THAT(verified(theirs), HasSubstr("not one of this key"));
  theirs["signatures"].push_back(json["signatures"][0]);
  EXPECT_EQ(verified(theirs), "no error");
  theirs["signatures"] = Json::array();
  for (int i = 0; i < 101; ++i) theirs["signatures"].push_back(json["signatures"][0]);
  EXPECT_THAT(verified(theirs), StartsWith("limit: "));
}

TEST(Dsse, AnotherTypeOfPayloadIsNamed) {
  auto signer = private_key();
  const auto envelope = evidence::sign_envelope("text/plain", "payload", signer);
  EXPECT_EQ(failure([&] { verify_envelope(envelope, in_toto_type, public_key()); }),
            "unverified: the payload is of type \"text/plain\", not application/vnd.in-toto+json");
}

}  // namespace
}  // namespace whittle::test
