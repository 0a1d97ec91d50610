#include "evidence/statement.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

const std::string hex(64, 'a');

std::string text_with(std::string_view subject, std::string_view type = "https://in-toto.io/Statement/v1") {
  return fmt::format(
      R"({{"_type": "{}", "subject": [{}], "predicateType": "https://example.com/x", "predicate": {{"a": 1}}}})",
      type, subject);
}

TEST(Statement, IsReadAsItWasWritten) {
  const Statement statement{{{Digest::of(std::string_view("1")), "api", "a/type", {{"size", 3}}},
                             {Digest::of(std::string_view("2"))}},
                            "https://example.com/claim",
                            {{"b", 1}, {"a", "x"}}};
  const auto text = write_statement(statement);
  const auto read = parse_statement(text, "it");
  EXPECT_EQ(write_statement(read), text);
  EXPECT_TRUE(read.is_about(Digest::of(std::string_view("2"))));
  EXPECT_FALSE(read.is_about(Digest::of(std::string_view("3"))));
  EXPECT_EQ(read.subjects[0].annotations, (Json{{"size", 3}}));
}

TEST(Statement, Hostile239_SubjectsMatchByDigestOnly) {
  const auto fails = [](std::string_view subject) {
    return failure([&] { parse_statement(text_with(subject), "it"); });
  };
  EXPECT_THAT(fails("null"), StartsWith("unverified: it names a subject that is no object"));
  EXPECT_THAT(fails(fmt::format(R"({{"name": "sha256:{}"}})", hex)),
              StartsWith("unverified: it names the subject"));
  EXPECT_THAT(fails(R"({"name": "a", "digest": {"sha512": "00"}})"), HasSubstr("without a sha256 digest"));
  EXPECT_THAT(fails(R"({"name": "a", "digest": {"sha256": "xyz"}})"), StartsWith("integrity: it: "));
  EXPECT_THAT(fails(""), StartsWith("unverified: it is about nothing"));
  EXPECT_TRUE(parse_statement(text_with(fmt::format(R"({{"digest": {{"sha256": "{}"}}}})", hex)), "it")
                  .is_about(Digest::parse("sha256:" + hex)));
}

TEST(Statement, OnlyStatementsOfInTotoAreRead) {
  const auto subject = fmt::format(R"({{"digest": {{"sha256": "{}"}}}})", hex);
  EXPECT_NO_THROW(parse_statement(text_with(subject, "https://in-toto.io/Statement/v0.1"), "it"));
  EXPECT_THAT(failure([&] { parse_statement(text_with(subject, "https://in-toto.io/Statement/v2"), "it"); }),
              StartsWith("unsupported: "));
  EXPECT_THAT(failure([&] { parse_statement("{", "it"); }), StartsWith("integrity: "));
  EXPECT_THAT(failure([&] { parse_statement(text_with(std::string(100, '[')), "it"); }),
              StartsWith("limit: "));
}

}  // namespace
}  // namespace whittle::evidence
