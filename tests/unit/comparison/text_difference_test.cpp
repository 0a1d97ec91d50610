#include "comparison/text_difference.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

std::vector<std::string> text_differences(std::string_view a, std::string_view b) {
  Findings findings;
  compare_text(a, b, {"f"}, findings);
  return test::lines_of(findings);
}

TEST(TextDifference, LinesThatWereReplacedAddedAndRemoved) {
  EXPECT_THAT(text_differences("a\nb\nc\n", "a\nB\nc\n"), ElementsAre("f > line 2 text: b -> B"));
  EXPECT_THAT(text_differences("a\nc\n", "a\nb\nc\n"), ElementsAre("f > line 2 text: - -> b"));
  EXPECT_THAT(text_differences("a\nb\nc\n", "a\nc\n"), ElementsAre("f > line 2 text: b -> -"));
  EXPECT_THAT(text_differences("1\n2\n3\n4\n5\n", "x\n2\n3\n4\ny\n"),
              ElementsAre("f > line 1 text: 1 -> x", "f > line 5 text: 5 -> y"));
  EXPECT_THAT(text_differences("same\n", "same\n"), SizeIs(0));
  EXPECT_THAT(text_differences("a", "a\n"), ElementsAre("f > line 1 text: a -> a"));
}

TEST(TextDifference, TheSameLinesInAnotherOrder) {
  EXPECT_THAT(text_differences("x\na\nb\nc\n", "x\nc\na\nb\n"), ElementsAre("f text-order"));
}

TEST(TextDifference, NothingButTimeStamps) {
  EXPECT_THAT(
      text_differences("built 2026-08-01T10:00:00Z by us\n", "built 2026-08-02T11:30:00.5+02:00 by us\n"),
      ElementsAre("f > line 1 time-stamp: 2026-08-01T10:00:00Z -> 2026-08-02T11:30:00.5+02:00"));
  EXPECT_THAT(text_differences("T = 1785578400\n", "T = 1785578401\n"),
              ElementsAre("f > line 1 time-stamp: 1785578400 -> 1785578401"));
  EXPECT_THAT(text_differences("x Sat Aug  1 10:00:00 2026\n", "x Sun Aug  2 10:00:00 2026\n"),
              ElementsAre("f > line 1 time-stamp: Sat Aug  1 10:00:00 2026 -> Sun Aug  2 10:00:00 2026"));
  // Something else differs as well, or it is no time.
  EXPECT_THAT(text_differences("a 1785578400\n", "b 1785578401\n"),
              ElementsAre("f > line 1 text: a 1785578400 -> b 1785578401"));
  EXPECT_THAT(text_differences("port 8080\n", "port 8081\n"),
              ElementsAre("f > line 1 text: port 8080 -> port 8081"));
}

TEST(TextDifference, IsBoundedForTextsWithNothingInCommon) {
  std::string a;
  std::string b;
  for (int i = 0; i < 20'000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  EXPECT_THAT(text_differences(a, b), SizeIs(1));
  std::string c;
  for (int i = 0; i < 400; ++i)
    c += i % 4 == 0 ? "x" + std::to_string(i) + "\n" : "a" + std::to_string(i) + "\n";
  std::string d;
  for (int i = 0; i < 400; ++i) d += "a" + std::to_string(i) + "\n";
  EXPECT_THAT(text_differences(c, d), SizeIs(hunks_kept));
}

}  // namespace
}  // namespace whittle::comparison
