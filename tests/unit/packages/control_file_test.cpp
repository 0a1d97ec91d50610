#include "packages/control_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using ::testing::ElementsAre;

// Each paragraph as "LINE name=value name=value".
std::vector<std::string> paragraphs_of(std::string_view text, const ControlOptions& options = {}) {
  ControlReader reader(text, "control", options);
  ControlParagraph paragraph;
  std::vector<std::string> all;
  while (reader.next(paragraph)) {
    auto line = std::to_string(paragraph.line);
    for (const auto& [name, value] : paragraph.fields)
      line += " " + std::string(name) + "=" + std::string(value);
    all.push_back(line);
  }
  return all;
}

TEST(ControlReader, SeparatesParagraphs) {
  EXPECT_THAT(paragraphs_of("\n\nA: 1\nB:2\n\n \t\nC:   3  \r\n"), ElementsAre("3 A=1 B=2", "7 C=3"));
  EXPECT_THAT(paragraphs_of(""), ElementsAre());
  EXPECT_THAT(paragraphs_of("A:"), ElementsAre("1 A="));
}

TEST(ControlReader, KeepsFurtherLinesAsTheyAre) {
  EXPECT_THAT(paragraphs_of("A:\n one\n  two\nB: x\n\ty\n"), ElementsAre("1 A=one\n  two B=x\n\ty"));
}

TEST(ControlReader, FindsFieldsInAnyCase) {
  ControlReader reader("Suites: x\n", "control");
  ControlParagraph paragraph;
  ASSERT_TRUE(reader.next(paragraph));
  EXPECT_EQ(paragraph.find("sUITES"), "x");
  EXPECT_EQ(paragraph.find("Suite"), std::nullopt);
}

TEST(ControlReader, LeavesCommentsOutWhereTheyAreAllowed) {
  const ControlOptions options{ErrorKind::unsupported, true, {}};
  ControlReader reader("# one\nA: a\n# two\n b\n#three\nB: c\n", "control", options);
  ControlParagraph paragraph;
  ASSERT_TRUE(reader.next(paragraph));
  EXPECT_THAT(words_of(paragraph.value("A")), ElementsAre("a", "b"));
  EXPECT_EQ(paragraph.value("B"), "c");
  EXPECT_EQ(failure([] { paragraphs_of("# one\nA: a\n"); }),
            "integrity: control:1: \"# one\" is not a field (NAME: VALUE)");
}

TEST(ControlReader, RefusesWhatIsNoField) {
  EXPECT_EQ(failure([] { paragraphs_of("A: 1\nB\n"); }),
            "integrity: control:2: \"B\" is not a field (NAME: VALUE)");
  EXPECT_EQ(failure([] { paragraphs_of(" x\n"); }),
            "integrity: control:1: a line continues a field, but there is none before it");
  EXPECT_EQ(failure([] { paragraphs_of("A: 1\na: 2\n"); }),
            "integrity: control:2: the field \"a\" is there twice");
  EXPECT_EQ(failure([] { paragraphs_of(std::string("A: \0\n", 5)); }),
            "integrity: control:1: there is a NUL byte in the line");
}

TEST(ControlReader, KeepsItsLimits) {
  EXPECT_EQ(failure([] {
              paragraphs_of("A: 123456\n", {ErrorKind::spec, false, {8, 9, 99}});
            }),
            "limit: control:1: a line is longer than 8 bytes");
  EXPECT_EQ(failure([] {
              paragraphs_of("A: 1\nB: 2\n", {ErrorKind::spec, false, {99, 1, 99}});
            }),
            "limit: control:2: a paragraph has more than 1 fields");
  EXPECT_EQ(failure([] {
              paragraphs_of("A: 1\n 2\n 3\n", {ErrorKind::spec, false, {99, 9, 8}});
            }),
            "limit: control:3: a paragraph is longer than 8 bytes");
}

}  // namespace
}  // namespace whittle::packages
