#include "cli/command_outline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace whittle::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Outline : public ::testing::Test {
 protected:
  Outline() : app_("Does things", "tool") {
    auto* build = app_.add_subcommand("build", "Build it");
    build->add_option("-o,--output", texts_, "Where to")->allow_extra_args(false);
    build->add_option("--form", text_, "Which form")->check(CLI::IsMember({"one", "two"}));
    build->add_option("--jobs", number_, "How many")->check(CLI::Range(1U, 9U));
    build->add_flag("--push", flag_, "Push it");
    build->add_option("PLACE", text_, "The image")->required();
    app_.add_subcommand("secret", "Hidden")->group("");
    app_.add_subcommand("cache", "Look")->add_subcommand("gc", "Remove");
  }

  const OptionOutline& option(const std::string& name) {
    outline_ = outline_of(app_);
    for (const auto& one : outline_.commands.front().options)
      if (one.names.back() == name) return one;
    throw std::out_of_range(name);
  }

  CLI::App app_;
  CommandOutline outline_ = {};
  std::vector<std::string> texts_ = {};
  std::string text_ = {};
  unsigned number_ = 0;
  bool flag_ = false;
};

TEST_F(Outline, HasCommandsByTheirPathWithoutThoseThatAreHidden) {
  const auto outline = outline_of(app_);
  ASSERT_EQ(outline.commands.size(), 2U);
  EXPECT_THAT(outline.commands[0].path, ElementsAre("tool", "build"));
  EXPECT_THAT(outline.commands[1].commands.at(0).path, ElementsAre("tool", "cache", "gc"));
  EXPECT_EQ(outline.commands[0].description, "Build it");
}

TEST_F(Outline, HasAllNamesOfAnOptionAndWhetherItMayBeRepeated) {
  EXPECT_THAT(option("--output").names, ElementsAre("-o", "--output"));
  EXPECT_TRUE(option("--output").repeatable);
  EXPECT_FALSE(option("--form").repeatable);
}

TEST_F(Outline, HasTheValuesThatAreKnown) {
  EXPECT_THAT(option("--form").choices, ElementsAre("one", "two"));
  EXPECT_THAT(option("--output").choices, IsEmpty());
  EXPECT_EQ(option("--output").value, "VALUE");
}

TEST_F(Outline, SaysOfANumberAndOfASwitchWhatItTakes) {
  EXPECT_EQ(option("--jobs").value, "N");
  EXPECT_EQ(option("--push").value, "");
}

TEST_F(Outline, KeepsArgumentsApartFromOptions) {
  const auto outline = outline_of(app_);
  ASSERT_EQ(outline.commands.front().arguments.size(), 1U);
  const auto& argument = outline.commands.front().arguments.front();
  EXPECT_EQ(argument.value, "PLACE");
  EXPECT_TRUE(argument.required);
  EXPECT_THAT(argument.names, IsEmpty());
}

TEST(OutlineOfWhittle, DescribesEveryOptionOfEveryCommand) {
  CLI::App app("Whittle", "whittle");
  const Choose choose = [](cli::Run) {};
  for (const auto add : {add_build, add_copy, add_cache, add_verify, add_slim, add_tune}) add(app, choose);
  for (const auto& command : outline_of(app).commands) {
    EXPECT_NE(command.description, "") << command.path.back();
    for (const auto& option : command.options) EXPECT_NE(option.description, "") << option.names.back();
  }
}

}  // namespace
}  // namespace whittle::cli
