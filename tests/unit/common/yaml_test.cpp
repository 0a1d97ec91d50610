#include "common/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <chrono>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

std::string yaml_failure(std::string_view text, const YamlLimits& limits = {}) {
  return failure([&] { parse_yaml(text, "f.yaml", limits); });
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

// Runs `work` on a thread with little stack.
template <class Work>
void on_small_stack(Work work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread{};
  const auto body = [](void* argument) -> void* {
    (*static_cast<Work*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(Yaml, KeepsOrderMarksAndStyle) {
  const auto root = parse_yaml("b: \"x\\ty\"\na: [1, 'two']\n", "f.yaml");
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[0].key, "b");
  EXPECT_EQ(root->entries[0].value->text, "x\ty");
  EXPECT_FALSE(root->entries[0].value->plain);
  const auto& list = *root->entries[1].value;
  EXPECT_EQ(list.type, YamlNode::Type::sequence);
  EXPECT_TRUE(list.items[0]->plain);
  EXPECT_FALSE(list.items[1]->plain);
  EXPECT_EQ(list.items[1]->mark.line, 2U);
  EXPECT_EQ(list.items[1]->mark.column, 8U);
  EXPECT_EQ(root->entries[1].mark.line, 2U);
  EXPECT_EQ(root->entries[1].mark.column, 1U);
}

TEST(Yaml, Hostile001_NothingButCommentsIsNoDocument) {
  EXPECT_EQ(parse_yaml("", "f.yaml"), nullptr);
  EXPECT_EQ(parse_yaml("# only\n\n# comments\n", "f.yaml"), nullptr);
  const auto bare = parse_yaml("---\n", "f.yaml");
  ASSERT_NE(bare, nullptr);
  EXPECT_TRUE(bare->is_blank());
}

TEST(Yaml, Hostile002_SecondDocument) {
  EXPECT_EQ(yaml_failure("a: 1\n---\nb: 2\n"),
            "spec: f.yaml:2:1: a second YAML document begins here; the file must hold one");
  EXPECT_EQ(yaml_failure("---\na: 1\n...\n"), "no error");
}

TEST(Yaml, Hostile004_DuplicateKeyNamesBothLines) {
  EXPECT_EQ(yaml_failure("a: 1\nb:\n  c: 1\n  d: 2\n  \"c\": 3\n"),
            "spec: f.yaml:5:3: the key `c` is there twice: on line 3 and again on line 5");
  EXPECT_THAT(yaml_failure("[{x: {y: 1, y: 2}}]"), HasSubstr("`y` is there twice"));
}

TEST(Yaml, Hostile005_ScalarsKeepTheirText) {
  const auto root = parse_yaml("[no, on, 1.10, 0o17, 12:30, 1e3, ~, 0777, 2001-01-01]", "f.yaml");
  std::vector<std::string> texts;
  for (const auto& item : root->items) texts.push_back(item->text);
  EXPECT_THAT(texts,
              testing::ElementsAre("no", "on", "1.10", "0o17", "12:30", "1e3", "~", "0777", "2001-01-01"));
}

TEST(Yaml, Hostile006_AliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i)
    bomb += fmt::format("a{}: &a{} [{}]\n", i, i, repeated(fmt::format("*a{}, ", i - 1), 9));
  EXPECT_THAT(yaml_failure(bomb), StartsWith("limit: f.yaml:6:"));
  EXPECT_THAT(yaml_failure(bomb), HasSubstr("more than 100000 values, aliases counted each time"));
}

TEST(Yaml, Hostile006_AliasesOfALongText) {
  const auto text = "a: &a " + std::string(500'000, 'x') + "\nb: [" + repeated("*a,", 1000) + "]\n";
  EXPECT_THAT(yaml_failure(text), HasSubstr("more than 4194304 bytes of text"));
}

TEST(Yaml, AliasesShareTheirNode) {
  const auto root = parse_yaml("a: &x [1, 2]\nb: *x\n", "f.yaml");
  EXPECT_EQ(root->entries[0].value, root->entries[1].value);
}

TEST(Yaml, Hostile007_AliasOfItselfAndOfAnAncestor) {
  EXPECT_EQ(yaml_failure("a: &a [*a]\n"), "spec: f.yaml:1:8: `*a` refers to what it is part of");
  EXPECT_EQ(yaml_failure("&r {b: {c: [*r]}}\n"), "spec: f.yaml:1:13: `*r` refers to what it is part of");
  EXPECT_EQ(yaml_failure("a: *none\n"), "spec: f.yaml:1:4: there is no anchor `&none` above");
}

TEST(Yaml, Hostile007_ChainOfAliases) {
  std::string chain = "- &a0 [x]\n";
  for (int i = 1; i < 50'000; ++i) chain += fmt::format("- &a{} [*a{}]\n", i, i - 1);
  on_small_stack([&] {
    EXPECT_THAT(yaml_failure(chain, {8U << 20U, 64, 1'000'000'000, 1U << 30U}),
                HasSubstr("deeper than the limit"));
  });
}

TEST(Yaml, Hostile008_DeepNesting) {
  std::string blocks;
  for (std::size_t i = 0; i < 1000; ++i) blocks += std::string(i, ' ') + "a:\n";
  const auto compact = repeated("- ", 10'000) + "x\n";
  const auto start = std::chrono::steady_clock::now();
  on_small_stack([&] {
    for (const auto& text :
         {repeated("[", 100'000), repeated("{a: ", 100'000), blocks, compact, repeated("&a [", 100'000)})
      EXPECT_THAT(yaml_failure(text), StartsWith("limit: f.yaml:")) << text.substr(0, 10);
    for (const auto& text : {repeated("? ", 10'000), repeated("{", 100'000)})
      EXPECT_THAT(yaml_failure(text), HasSubstr("a key has to be text"));
    EXPECT_EQ(yaml_failure(repeated("[", 64) + repeated("]", 64)), "no error");
    EXPECT_THAT(yaml_failure(repeated("[", 65) + repeated("]", 65)),
                HasSubstr("deeper than the limit of 64"));
  });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Yaml, Hostile009_FileTooLarge) {
  EXPECT_EQ(yaml_failure(std::string((1U << 20U) + 1, '[')),
            "limit: f.yaml has 1048577 bytes, more than the limit of 1048576");
}

TEST(Yaml, Hostile010_InvisibleAndInvalidCharacters) {
  using namespace std::string_view_literals;
  EXPECT_EQ(yaml_failure("a: \0"sv), "spec: f.yaml:1:4: byte 3: a NUL character (is the file UTF-16?)");
  EXPECT_THAT(yaml_failure("\xff\xfe"
                           "a\0"sv),
              HasSubstr("byte 0: the file is UTF-16"));
  EXPECT_EQ(yaml_failure("a: 1\nb: \xc3(\n"), "spec: f.yaml:2:4: byte 8: the file is not valid UTF-8 here");
  EXPECT_THAT(yaml_failure("a: \xed\xa0\x80"), HasSubstr("not valid UTF-8"));  // a surrogate
  EXPECT_THAT(yaml_failure("a: \xc2\x85"
                           "b"),
              HasSubstr("U+0085"));  // C1: next line
  EXPECT_THAT(yaml_failure("# \xe2\x80\xae evil"), HasSubstr("byte 2: the invisible character U+202E"));
  EXPECT_THAT(yaml_failure("a: \xe2\x81\xa6"
                           "b"),
              HasSubstr("U+2066"));
  EXPECT_THAT(yaml_failure("a: \x1b[0m"), HasSubstr("U+001B"));
  EXPECT_THAT(yaml_failure("a: \"\\0\""), HasSubstr("a NUL character is not allowed"));
  const auto root = parse_yaml(
      "\xef\xbb\xbf"
      "a: grüße 👩‍💻\r\n",
      "f.yaml");
  EXPECT_EQ(root->entries[0].key, "a");
  EXPECT_EQ(root->entries[0].mark.column, 1U);
}

TEST(Yaml, Hostile011_WhatIsNoPlainData) {
  EXPECT_EQ(yaml_failure("a: !!binary aGk=\n"),
            "spec: f.yaml:1:4: tags (`tag:yaml.org,2002:binary`) are not allowed");
  EXPECT_THAT(yaml_failure("a: !mine [1]\n"), HasSubstr("tags (`!mine`)"));
  EXPECT_THAT(yaml_failure("%TAG ! tag:x,2000:\n--- \na: 1\n"), HasSubstr("%TAG directives"));
  EXPECT_THAT(yaml_failure("b: &b {c: 1}\na:\n  <<: *b\n"), HasSubstr("f.yaml:3:3: merge keys"));
  EXPECT_THAT(yaml_failure("? [a]\n: 1\n"), HasSubstr("a key has to be text"));
  EXPECT_THAT(yaml_failure("?\n: 1\n"), HasSubstr("a key is missing"));
  EXPECT_THAT(yaml_failure(": 1\n"), HasSubstr("did not find expected key"));
  EXPECT_THAT(yaml_failure("a: &a x\n*a : 1\n"), HasSubstr("a key cannot be an alias"));
  EXPECT_EQ(yaml_failure("\"<<\": 1\n"), "no error");
}

TEST(Yaml, MalformedTextSaysWhere) {
  EXPECT_EQ(
      yaml_failure("a: [1, 2\nb: 3\n"),
      "spec: f.yaml:2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
      "began on line 1\nhint: inside [ ] and { }, text with any of , : [ ] { } has to be in quotes");
  EXPECT_THAT(yaml_failure("a: b: c\n"), StartsWith("spec: f.yaml:1:5: not valid YAML: mapping values"));
  EXPECT_THAT(yaml_failure("a:\n\t- b\n"), StartsWith("spec: f.yaml:2:1: not valid YAML"));
}

}  // namespace
}  // namespace whittle
