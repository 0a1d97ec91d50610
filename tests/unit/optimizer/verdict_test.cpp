#include "optimizer/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers/document.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"

namespace whittle::optimizer {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

const layers::Document root{std::string(layers::media_type::oci_manifest), "{}"};

Verdict verdict_of(std::vector<VerdictPart> parts) {
  return {root.descriptor(), std::move(parts)};
}
VerdictPart failing(ErrorKind kind) {
  return checked_part("gate", [&]() -> std::string { throw Error(kind, "why"); });
}

TEST(Verdict, HoldsWhenNothingFailed) {
  EXPECT_TRUE(verdict_of({}).holds());
  EXPECT_TRUE(
      verdict_of({{"content", PartOutcome::passed}, {"signature", PartOutcome::not_checked}}).holds());
  EXPECT_FALSE(verdict_of({{"content", PartOutcome::passed}, {"gate", PartOutcome::failed}}).holds());
}

TEST(Verdict, TheFirstFailureIsTheError) {
  const auto verdict = verdict_of({{"content", PartOutcome::passed, "fine"},
                                   {"signature", PartOutcome::failed, "by nobody"},
                                   {"gate", PartOutcome::failed, "packed", ErrorKind::integrity}});
  EXPECT_EQ(failure([&] { verdict.require(); }),
            "unverified: " + root.digest.text() + " is not verified: signature: by nobody");
  EXPECT_EQ(failure([] { verdict_of({{"signature", PartOutcome::not_checked}}).require(); }), "no error");
}

TEST(Verdict, WhatIsWrongWithAnImageIsAFailedPart) {
  for (const auto kind :
       {ErrorKind::integrity, ErrorKind::unverified, ErrorKind::unsupported, ErrorKind::limit}) {
    const auto part = failing(kind);
    EXPECT_EQ(part.outcome, PartOutcome::failed);
    EXPECT_EQ(part.kind, kind);
    EXPECT_EQ(part.detail, "why");
  }
  const auto part = checked_part("gate", [] { return std::string("all of it"); });
  EXPECT_EQ(part.outcome, PartOutcome::passed);
  EXPECT_EQ(part.detail, "all of it");
}

TEST(Verdict, WhatKeepsFromLookingIsNoVerdict) {  // hostile 241
  for (const auto kind : {ErrorKind::network, ErrorKind::registry, ErrorKind::auth, ErrorKind::not_found,
                          ErrorKind::io, ErrorKind::interrupted})
    EXPECT_THAT(failure([&] { failing(kind); }), HasSubstr(": why"));
}

TEST(Verdict, JsonHasTheKindOfAFailureAlone) {
  const auto json = to_json(verdict_of({{"content", PartOutcome::passed, "fine"},
                                        {"gate", PartOutcome::failed, "odd\xff", ErrorKind::limit},
                                        {"rebuild", PartOutcome::not_checked, "--no-rebuild"}}),
                            "oci:odd\xff");
  EXPECT_EQ(json.at("verified"), false);
  EXPECT_EQ(json.at("digest"), root.digest.text());
  EXPECT_EQ(json.at("place"), "oci:odd\\xff");
  const auto& parts = json.at("parts");
  EXPECT_FALSE(parts.at(0).contains("kind"));
  EXPECT_EQ(parts.at(1).at("kind"), "limit");
  EXPECT_EQ(parts.at(1).at("detail"), "odd\\xff");
  EXPECT_EQ(parts.at(2).at("outcome"), "not checked");
}

TEST(Verdict, TextHasALineForEachPart) {
  const auto text = to_text(verdict_of({{"content", PartOutcome::passed, "fine"},
                                        {"rebuild", PartOutcome::not_checked, "--no-rebuild"}}),
                            "oci:\x1b[2J");
  EXPECT_EQ(text, "verified  oci:\\x1b[2J@" + root.digest.text() +
                      "\n  content      passed       fine\n  rebuild      not checked  --no-rebuild\n");
  EXPECT_THAT(to_text(verdict_of({failing(ErrorKind::limit)}), "x"), StartsWith("not verified  x@"));
}

}  // namespace
}  // namespace whittle::optimizer
