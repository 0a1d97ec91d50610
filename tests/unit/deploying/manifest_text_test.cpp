#include "deploying/manifest_text.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::deploying {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

std::string resolved(const std::string& text, const std::string& reference = "r/x@sha256:1") {
  return ManifestText(text, "a.yaml").resolved([&](const Mention&) { return reference; });
}
std::string refused(const std::string& text) {
  return failure([&] { ManifestText(text, "a.yaml"); });
}

TEST(ManifestText, ChangesNothingButTheMentions) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: whittle://x # whittle://x\r\n", "a: r/x@sha256:1 # whittle://x\r\n"},
      {"a: &b !t \"whittle://x\"\nc: *b", "a: &b !t \"r/x@sha256:1\"\nc: *b"},
      {"a: &b # whittle://x\n  'whittle://x'\n", "a: &b # whittle://x\n  'r/x@sha256:1'\n"},
      {"{a: whittle://x, whittle://x: [ko://x]}", "{a: r/x@sha256:1, r/x@sha256:1: [r/x@sha256:1]}"},
      {"a: | # whittle://x\n  b: whittle://x\n# whittle://x\n",
       "a: | # whittle://x\n  b: r/x@sha256:1\n# whittle://x\n"},
      {"a: >-\n  one whittle://x\n  two\n---\n- whittle://x\n...\n",
       "a: >-\n  one r/x@sha256:1\n  two\n---\n- r/x@sha256:1\n...\n"},
      {"\xef\xbb\xbf# \xc3\xa4\n\xc3\xa4: \xe2\x82\xac whittle://x \xf0\x9f\x98\x80\n",
       "\xef\xbb\xbf# \xc3\xa4\n\xc3\xa4: \xe2\x82\xac r/x@sha256:1 \xf0\x9f\x98\x80\n"},
      {"{\"a\": \"whittle:\\/\\/x\", \"b\": \"one\\nwhittle://x\\n\"}",
       "{\"a\": \"r/x@sha256:1\", \"b\": \"one\\nr/x@sha256:1\\n\"}"},
      {"<<: {a: b}\na: whittle://x\na: whittle://x", "<<: {a: b}\na: r/x@sha256:1\na: r/x@sha256:1"},
      {"%YAML 1.2\n---\nwhittle://x", "%YAML 1.2\n---\nr/x@sha256:1"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(resolved(text), wanted);
}

TEST(ManifestText, WhatNamesNothingIsNotEvenRead) {
  EXPECT_EQ(resolved("a: [1\n\x01"), "a: [1\n\x01");
  EXPECT_EQ(resolved(""), "");
}

TEST(ManifestText, ARegistryThatBeginsWithABracketIsPutInQuotes) {
  EXPECT_EQ(resolved("a: whittle://x", "[::1]:5000/x@sha256:1"), "a: \"[::1]:5000/x@sha256:1\"");
  EXPECT_EQ(resolved("a: 'whittle://x'", "[::1]:5000/x@sha256:1"), "a: '[::1]:5000/x@sha256:1'");
  EXPECT_THAT(failure([] { resolved("a: --x=whittle://x", "[::1]:5000/x@sha256:1"); }),
              HasSubstr("has to be in quotes"));
}

TEST(ManifestText, SaysWhereWhatIsRefusedStands) {
  EXPECT_THAT(refused("a: 1\nb: \xc3\xa4 whittle://x:1\n"),
              StartsWith("spec: a.yaml:2:4: whittle://x has a tag"));
  EXPECT_THAT(refused("a: \"y whittle://x\\u0062\"\n"),
              HasSubstr("a.yaml:1:4: \"whittle://xb\" is written with escapes"));
  EXPECT_THAT(refused("a: [whittle://x\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(refused(std::string(600, '[') + "whittle://x"), StartsWith("limit: "));
  EXPECT_THAT(refused(std::string("\xff\xfe"
                                  "a\0",
                                  4)),
              HasSubstr("UTF-16"));
}

TEST(ManifestText, ATemplateIsResolvedWhereItIsClear) {
  EXPECT_EQ(resolved("{{- if .a }}\n# whittle://x\na: whittle://x # b\r\n- whittle://x\nb: {{ or .b "
                     "\"whittle://x\" }}\n{{- end }}"),
            "{{- if .a }}\n# whittle://x\na: r/x@sha256:1 # b\r\n- r/x@sha256:1\nb: {{ or .b "
            "\"r/x@sha256:1\" }}\n{{- end }}");
  EXPECT_THAT(refused("{{- if .a }}\na: b whittle://x\n"),
              StartsWith("spec: a.yaml:2:6: \"whittle://x\" is not a value by itself"));
  EXPECT_THAT(refused("{{- if .a }}\na: whittle://x and\n"), HasSubstr("a.yaml:2:4"));
}

TEST(ManifestText, SeveralAreOneStream) {
  EXPECT_EQ(joined({"a: 1"}), "a: 1");
  EXPECT_EQ(joined({"a: 1", "b: 2\n", "---\nc: 3\n"}), "a: 1\n---\nb: 2\n---\nc: 3\n");
  EXPECT_EQ(joined({"a: 1\n", "%YAML 1.2\n---\nb: 2\n",
                    "\xef\xbb\xbf"
                    "c: 3"}),
            "a: 1\n...\n%YAML 1.2\n---\nb: 2\n---\nc: 3");
}

}  // namespace
}  // namespace whittle::deploying
