#include "deploying/mention.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace whittle::deploying {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What is mentioned, each as it stands in the text.
std::vector<std::string> found(const std::string& text, const MentionRules& rules = {}) {
  std::vector<std::string> all;
  for (const auto& mention : mentions_in(text, rules)) {
    EXPECT_EQ(text.substr(mention.begin, mention.image().size()), mention.image());
    all.push_back(text.substr(mention.begin, mention.end - mention.begin));
  }
  return all;
}

std::string refusal(const std::string& text) {
  try {
    mentions_in(text);
  } catch (const BadMention& bad) {
    return fmt::format("{}: {}", bad.offset, bad.why);
  }
  return "none";
}

TEST(Mention, IsFoundAloneAndInOtherText) {
  EXPECT_THAT(found("whittle://api"), ElementsAre("whittle://api"));
  EXPECT_THAT(found("--a=whittle://a-b.c_d,--b=ko://example.com/x/v2"),
              ElementsAre("whittle://a-b.c_d", "ko://example.com/x/v2"));
  EXPECT_THAT(found("Both: whittle://a and (whittle://b)."), ElementsAre("whittle://a", "whittle://b"));
  EXPECT_THAT(found("the end is whittle://a."), ElementsAre("whittle://a"));
}

TEST(Mention, IsNotTheEndOfALongerWordNorASchemeAlone) {
  EXPECT_THAT(found("xwhittle://a docker-ko://b whittle:/a ko:b"), IsEmpty());
  EXPECT_THAT(found("write ko:// or whittle://, as you like"), IsEmpty());
}

TEST(Mention, BeginsBehindAnEscapeOnlyWhereThereAreEscapes) {
  EXPECT_THAT(found("\\nwhittle://a", {.escapes = true}), ElementsAre("whittle://a"));
  EXPECT_THAT(found("\\nwhittle://a"), IsEmpty());
}

TEST(Mention, AsksForAPart) {
  EXPECT_THAT(found("whittle://a#digest whittle://b#repository whittle://c#"),
              ElementsAre("whittle://a#digest", "whittle://b#repository", "whittle://c"));
  const auto mentions = mentions_in("whittle://a whittle://a#repository whittle://a#digest");
  EXPECT_EQ(mentions[0].replacement("localhost:5000/a@sha256:12"), "localhost:5000/a@sha256:12");
  EXPECT_EQ(mentions[1].replacement("localhost:5000/a@sha256:12"), "localhost:5000/a");
  EXPECT_EQ(mentions[2].replacement("localhost:5000/a@sha256:12"), "sha256:12");
}

TEST(Mention, WhatIsMeantAsOneAndCannotBeIsRefused) {
  EXPECT_THAT(refusal("whittle://"), HasSubstr("names no image"));
  EXPECT_THAT(refusal("x whittle://api:latest"), HasSubstr("2: whittle://api has a tag behind it"));
  EXPECT_THAT(refusal("whittle://api@sha256:1"), HasSubstr("has a digest behind it"));
  EXPECT_THAT(refusal("whittle://{{ .Values.x }}"), HasSubstr("followed by a template"));
  EXPECT_THAT(refusal("whittle://api-${X}"), HasSubstr("followed by a variable"));
  EXPECT_THAT(refusal("whittle://api#tag"), HasSubstr("neither #repository nor #digest"));
  EXPECT_THAT(refusal("whittle://ko://api"), HasSubstr("followed by another scheme"));
  EXPECT_EQ(refusal("whittle://api: what it is"), "none");
}

}  // namespace
}  // namespace whittle::deploying
