#include "cli/manual_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

CommandOutline documented_tool(const std::string& description = "Where to") {
  CommandOutline build{{"whittle", "build"}, "Build it", {{{}, "IMAGE", {}, "Which", false, true}}, {}, {}};
  build.options = {{{"-o", "--output"}, "VALUE", {}, description, false, true},
                   {{"--form"}, "VALUE", {"one", "two"}, "Which form", false, false}};
  CommandOutline gc{
      {"whittle", "cache", "gc"}, "Remove", {}, {{{"--keep"}, "N", {}, "How much", false, false}}, {}};
  CommandOutline cache{{"whittle", "cache"}, "Look", {}, {}, {gc}};
  return {
      {"whittle"}, "Builds images", {}, {{{"--progress"}, "VALUE", {}, "How", false, false}}, {build, cache}};
}

std::string page(const std::string& name, const CommandOutline& outline = documented_tool()) {
  return manual_pages(outline, "1.2.3").at(name);
}

TEST(ManualPages, AreOneForTheProgramAndOneForEachCommand) {
  EXPECT_THAT(manual_pages(documented_tool(), "1.2.3"),
              UnorderedElementsAre(Key("whittle.1"), Key("whittle-build.1"), Key("whittle-cache.1")));
}

TEST(ManualPages, HaveNameSynopsisAndOptions) {
  const auto text = page("whittle-build.1");
  EXPECT_THAT(text, HasSubstr(".TH WHITTLE\\-BUILD 1 \"\" \"whittle 1.2.3\" \"User Commands\"\n"));
  EXPECT_THAT(text, HasSubstr("whittle\\-build \\- Build it\n"));
  EXPECT_THAT(text, HasSubstr("\\fBwhittle build\\fR [\\fIOPTION\\fR\\[u2026]] [\\fIIMAGE\\fR\\[u2026]]\n"));
  EXPECT_THAT(text, HasSubstr(".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR=\\fIVALUE\\fR\nWhere to.\n"));
  EXPECT_THAT(text, HasSubstr("\\fB\\-\\-form\\fR=\\fBone\\fR|\\fBtwo\\fR\n"));
}

TEST(ManualPages, HaveTheCommandsOfACommandOnItsPage) {
  const auto text = page("whittle-cache.1");
  EXPECT_THAT(text, HasSubstr("\\fBwhittle cache gc\\fR [\\fIOPTION\\fR"));
  EXPECT_THAT(text, HasSubstr("\\fB\\-\\-keep\\fR=\\fIN\\fR\nHow much.\n"));
}

TEST(ManualPages, OfTheProgramHasItsCommandsAndExitCodes) {
  const auto text = page("whittle.1");
  EXPECT_THAT(text, HasSubstr("\\fBwhittle\\-build\\fR(1)\nBuild it.\n"));
  EXPECT_THAT(text, HasSubstr(".SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\ndone.\n"));
  EXPECT_THAT(text, HasSubstr("WHITTLE_PUSH"));
}

TEST(ManualPages, TextIsInert) {
  const auto text = page("whittle-build.1", documented_tool(".SH a\\fBb 'c' `d` é\n.so /etc/passwd"));
  EXPECT_THAT(text, HasSubstr("\\&.SH a\\efBb \\(aqc\\(aq \\(gad\\(ga \\[u00E9] .so /etc/passwd.\n"));
  EXPECT_THAT(text, Not(HasSubstr("\n.so")));
}

TEST(ManualPages, OfBytesThatAreNoUtf8StillIsOne) {
  EXPECT_THAT(page("whittle-build.1", documented_tool("a\xff\xfe z")), HasSubstr(" z.\n"));
}

TEST(ManualPages, AreTheSameEachTime) {
  EXPECT_EQ(manual_pages(documented_tool(), "1.2.3"), manual_pages(documented_tool(), "1.2.3"));
}

}  // namespace
}  // namespace whittle::cli
