#include "evidence/statement_claim.hpp"

#include "common/json.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

const Digest digest = Digest::of("image");

Json statement(const Json& subject) {
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", subject},
          {"predicateType", "p"},
          {"predicate", Json::object()}};
}
Json subject_of(const Digest& one) {
  Json subject = Json::object();
  subject["digest"]["sha256"] = one.hex();
  return subject;
}
std::string checked(const Json& json, std::string_view type = "p") {
  return failure([&] { check_claim(evidence::read_claim(json.dump(), "the statement"), digest, type); });
}

TEST(StatementClaim, SubjectsMatchByDigestOnly) {  // hostile 239
  EXPECT_EQ(checked(statement(Json::array({subject_of(Digest::of("x")), subject_of(digest)}))), "no error");
  EXPECT_THAT(checked(statement(Json::array({subject_of(Digest::of("x"))}))),
              StartsWith("unverified: the statement is about another digest"));
  Json named = Json::object();
  named["name"] = digest.text();
  named["digest"] = Json::object();
  EXPECT_EQ(checked(statement(Json::array({named}))),
            "unverified: the statement names no digest as its subject");
  named.erase("digest");
  EXPECT_THAT(checked(statement(Json::array({named}))), StartsWith("unverified: "));
}

TEST(StatementClaim, WhatIsNoStatementIsUnverified) {  // hostile 239
  for (const Json& subject :
       {Json(nullptr), Json::array(), Json::array({nullptr}), Json::array({subject_of(digest), nullptr}),
        Json::array({1}), Json("x"), Json::object()})
    EXPECT_THAT(checked(statement(subject)), StartsWith("unverified: ")) << subject;
  auto upper = subject_of(digest);
  upper["digest"]["sha256"] = "ABC";
  EXPECT_THAT(checked(statement(Json::array({upper}))), HasSubstr("ill-formed"));
  auto json = statement(Json::array({subject_of(digest)}));
  EXPECT_THAT(checked(json, "q"), HasSubstr("of type \"p\", not q"));
  json["_type"] = "https://in-toto.io/Statement/v0.1";
  EXPECT_EQ(checked(json, ""), "no error");
  json["_type"] = "https://in-toto.io/Statement/v2";
  EXPECT_THAT(checked(json), HasSubstr("known version"));
}

}  // namespace
}  // namespace whittle::test
