#include "evidence/simple_signing.hpp"

#include "common/json.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

std::string checked_payload(const Json& payload) {
  return failure([&] { evidence::check_simple_signing(payload.dump(), some_digest); });
}

TEST(SimpleSigning, EachWayOfNotFittingIsNamed) {  // hostile 233
  const auto good = Json::parse(evidence::write_simple_signing("example.com/a", some_digest));
  EXPECT_EQ(checked_payload(good), "no error");
  auto json = good;
  auto& named = json["critical"]["image"]["docker-manifest-digest"];
  named = Digest::of("other").text();
  EXPECT_THAT(checked_payload(json),
              StartsWith("unverified: the signed payload is about another digest, sha256:"));
  auto upper = some_digest.text();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  for (const auto& text : {upper, std::string(some_digest.hex()), some_digest.text() + " ", std::string()}) {
    named = text;
    EXPECT_THAT(checked_payload(json), HasSubstr("is no digest")) << text;
  }
  json["critical"]["image"].erase("docker-manifest-digest");
  EXPECT_EQ(checked_payload(json), "unverified: the signed payload has no `docker-manifest-digest`");
  json = good;
  json["critical"]["type"] = "atomic container signature";
  EXPECT_THAT(checked_payload(json), StartsWith("unverified: the signed payload is of type"));
  json.erase("critical");
  EXPECT_EQ(checked_payload(json), "unverified: the signed payload has no `critical`");
  EXPECT_THAT(failure([] { evidence::check_simple_signing("{", some_digest); }), StartsWith("unverified: "));
}

}  // namespace
}  // namespace whittle::test
