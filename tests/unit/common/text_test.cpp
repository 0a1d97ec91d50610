#include "common/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace whittle {
namespace {

TEST(Text, ShownEscapesWhatCouldDeceive) {
  EXPECT_EQ(shown("plain grüße"), "\"plain grüße\"");
  EXPECT_EQ(shown("a\nb\tc"), "\"a\\nb\\tc\"");
  EXPECT_EQ(shown("\x1b[31m"), "\"\\x1b[31m\"");
  EXPECT_EQ(shown("\xe2\x80\xae"), "\"\\u202e\"");
  EXPECT_EQ(shown(std::string_view("\0", 1)), "\"\\x00\"");
  EXPECT_EQ(shown("\xc2\x9b"), "\"\\u009b\"");
  EXPECT_EQ(shown("\xff"
                  "a"),
            "\"\\xffa\"");
}

TEST(Text, ShownIsCutBetweenCharacters) {
  EXPECT_EQ(shown(std::string(300, 'a')), '"' + std::string(200, 'a') + "…\"");
  std::string umlauts = "a";
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  EXPECT_EQ(shown(umlauts).size(), 1 + 199 + 3 + 1U);
  // Bytes that only ever continue a character must not make everything disappear.
  EXPECT_GT(shown(std::string(300, '\x80')).size(), 700U);
}

TEST(Text, EscapedMayKeepLines) {
  EXPECT_EQ(escaped("a\n\tb\r", true), "a\n\tb\\x0d");
  EXPECT_EQ(escaped("a\n"), "a\\n");
}

TEST(Text, Hostile273_AnyNameBecomesUtf8) {
  EXPECT_EQ(as_utf8("plain ä \x1b\n\\x"), "plain ä \x1b\n\\x");
  EXPECT_EQ(as_utf8("a\xff"
                    "b\xc3"),
            R"(a\xffb\xc3)");
  EXPECT_EQ(as_utf8(""), "");
}

TEST(Text, Utf8) {
  for (const auto* good : {"", "a", "ü", "€", "😀", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad :
       {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, Nearest) {
  static constexpr std::array<std::string_view, 4> keys = {"platforms", "ports", "push", "tags"};
  EXPECT_EQ(nearest("plattforms", keys), "platforms");
  EXPECT_EQ(nearest("Ports", keys), "ports");
  EXPECT_EQ(nearest("tag", keys), "tags");
  EXPECT_EQ(nearest("entrypoint", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
  EXPECT_EQ(nearest(std::string(1000, 'p'), keys), std::nullopt);
}

TEST(Text, HumanSize) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(1000), "1.0 kB");
  EXPECT_EQ(human_size(999'960), "1.0 MB");
  EXPECT_EQ(human_size(12'345'678), "12.3 MB");
  EXPECT_EQ(human_size(5'000'000'000'000'000), "5000.0 TB");
}

}  // namespace
}  // namespace whittle
