#include "layers/twin_names.hpp"

#include <gmock/gmock.h>

namespace whittle::layers {
namespace {

using testing::HasSubstr;

std::string twins_of(const std::vector<std::string_view>& paths) {
  const auto twins = find_twins(paths);
  return twins ? twins->text() : "";
}

TEST(TwinNames, Hostile086_NamesThatDifferInCaseAreNamed) {
  EXPECT_EQ(twins_of({"bin/a", "etc/README", "etc/readme", "a"}),
            "/etc/README and /etc/readme differ only in case or in the form of an accent");
  EXPECT_THAT(twins_of({"\xc3\x89t\xc3\xa9", "\xc3\xa9t\xc3\x89"}),
              HasSubstr("differ only in case"));  // É, é
  EXPECT_THAT(twins_of({"stra\xc3\x9f"
                        "e",
                        "STRASSE"}),
              HasSubstr("differ only in case"));  // full folding of ß
}

TEST(TwinNames, Hostile086_ComposedAndDecomposedAccentsAreNamed) {
  EXPECT_THAT(twins_of({"\xc3\xa9", "e\xcc\x81"}), HasSubstr("/\xc3\xa9 and /e\xcc\x81 differ only"));
  EXPECT_THAT(twins_of({"\xc3\xa9", "E\xcc\x81"}), HasSubstr("differ only"));
  EXPECT_EQ(twins_of({"\xc3\xa9", "e"}), "");
}

TEST(TwinNames, Hostile086_OneLineForManyWithTheEarliestPair) {
  EXPECT_EQ(twins_of({"z", "y", "Y", "Z", "x", "X", "\xc3\xa9", "e\xcc\x81"}),
            "/y and /Y differ only in case or in the form of an accent (3 more of this kind)");
  EXPECT_THAT(twins_of({"aa", "aA", "Aa", "AA"}), HasSubstr("/aa and /aA differ only"));
}

TEST(TwinNames, TwinsOfFoldersAreNamedOnce) {
  EXPECT_EQ(twins_of({"A", "A/x", "a", "a/x"}), "/A and /a differ only in case or in the form of an accent");
}

TEST(TwinNames, OnePathTwiceIsNoTwin) {
  EXPECT_EQ(twins_of({}), "");
  EXPECT_EQ(twins_of({"a", "a", "b/a", "a/a", "a/b"}), "");
  EXPECT_THAT(twins_of({"a", "a", "A", "A"}), testing::Not(HasSubstr("more")));
}

TEST(TwinNames, NamesThatAreNoTextAreComparedByTheirLetters) {
  EXPECT_THAT(twins_of({"\xff"
                        "A",
                        "\xff"
                        "a"}),
              HasSubstr("differ only"));
  EXPECT_EQ(twins_of({"\xff", "\xfe", "\xc3", "\xed\xa0\x80"}), "");
}

}  // namespace
}  // namespace whittle::layers
