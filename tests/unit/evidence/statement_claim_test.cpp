#include "evidence/statement_claim.hpp"

#include "common/json.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

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
std::string checked_statement(const Json& json, std::string_view type = "p") {
  return failure([&] { check_claim(evidence::read_claim(json.dump(), "the statement"), some_digest, type); });
}

TEST(StatementClaim, SubjectsMatchByDigestOnly) {  // hostile 239
  EXPECT_EQ(checked_statement(statement(Json::array({subject_of(Digest::of("x")), subject_of(some_digest)}))),
            "no error");
  EXPECT_THAT(checked_statement(statement(Json::array({subject_of(Digest::of("x"))}))),
              StartsWith("unverified: the statement is about another digest"));
  Json named = Json::object();
  named["name"] = some_digest.text();
  named["digest"] = Json::object();
  EXPECT_EQ(checked_statement(statement(Json::array({named}))),
            "unverified: the statement names no digest as its subject");
  named.erase("digest");
  EXPECT_THAT(checked_statement(statement(Json::array({named}))), StartsWith("unverified: "));
}

TEST(StatementClaim, WhatIsNoStatementIsUnverified) {  // hostile 239
  for (const Json& subject :
       {Json(nullptr), Json::array(), Json::array({nullptr}), Json::array({subject_of(some_digest), nullptr}),
        Json::array({1}), Json("x"), Json::object()})
    EXPECT_THAT(checked_statement(statement(subject)), StartsWith("unverified: ")) << subject;
  auto upper = subject_of(some_digest);
  upper["digest"]["sha256"] = "ABC";
  EXPECT_THAT(checked_statement(statement(Json::array({upper}))), HasSubstr("ill-formed"));
  auto json = statement(Json::array({subject_of(some_digest)}));
  EXPECT_THAT(checked_statement(json, "q"), HasSubstr("of type \"p\", not q"));
  json["_type"] = "https://in-toto.io/Statement/v0.1";
  EXPECT_EQ(checked_statement(json, ""), "no error");
  json["_type"] = "https://in-toto.io/Statement/v2";
  EXPECT_THAT(checked_statement(json), HasSubstr("known version"));
}

}  // namespace
}  // namespace whittle::test
