#include "cli/completion_scripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CommandOutline completed_tool() {
  CommandOutline build{{"whittle", "build"}, "Build it", {{{}, "IMAGE", {}, "Which", false, true}}, {}, {}};
  build.options = {{{"-o", "--output"}, "VALUE", {}, "It's [where]: to", false, true},
                   {{"--form"}, "VALUE", {"one", "two"}, "Which form", false, false},
                   {{"--push"}, "", {}, "Push it", false, false}};
  CommandOutline gc{
      {"whittle", "cache", "gc"}, "Remove", {}, {{{"--keep"}, "N", {}, "How much", false, false}}, {}};
  CommandOutline cache{{"whittle", "cache"}, "Look", {}, {}, {gc}};
  return {{"whittle"},
          "Builds",
          {},
          {{{"-h", "--help"}, "", {}, "Help", false, false},
           {{"--progress"}, "VALUE", {"tty"}, "How", false, false}},
          {build, cache}};
}

TEST(BashCompletion, OffersWhatMayFollowACommand) {
  const auto script = bash_completion(completed_tool());
  EXPECT_THAT(script, HasSubstr("'') words='build cache' flags='-h --help --progress' ;;"));
  EXPECT_THAT(script, HasSubstr("'build') words='' flags='-o --output --form --push --progress' ;;"));
  EXPECT_THAT(script, HasSubstr("'cache gc') words='' flags='--keep --progress' ;;"));
}

TEST(BashCompletion, OffersTheValuesThatAreKnownAndFilesForOthers) {
  const auto script = bash_completion(completed_tool());
  EXPECT_THAT(script, HasSubstr("'build --form') values='one two' ;;"));
  EXPECT_THAT(script, HasSubstr("'build -o'|'build --output') values='' ;;"));
  EXPECT_THAT(script, Not(HasSubstr("'build --push')")));
}

TEST(ZshCompletion, DescribesOptionsAndEscapesWhatMeansSomethingThere) {
  const auto script = zsh_completion(completed_tool());
  EXPECT_THAT(script, HasSubstr(R"('*--output=[It'\''s \[where\]\: to]:VALUE:_files')"));
  EXPECT_THAT(script, HasSubstr("'(--form)--form=[Which form]:VALUE:(one two)'"));
  EXPECT_THAT(script, HasSubstr("'(--push)--push[Push it]'"));
  EXPECT_THAT(script, HasSubstr("'*:IMAGE:_files'"));
}

TEST(ZshCompletion, HasAFunctionForEachCommand) {
  const auto script = zsh_completion(completed_tool());
  for (const auto* name :
       {"_whittle() {", "_whittle_build() {", "_whittle_cache() {", "_whittle_cache_gc() {"})
    EXPECT_THAT(script, HasSubstr(name));
  EXPECT_THAT(script, HasSubstr("gc) _whittle_cache_gc ;;"));
}

TEST(FishCompletion, OffersCommandsWhereNoneWasGiven) {
  const auto script = fish_completion(completed_tool());
  EXPECT_THAT(
      script,
      HasSubstr("complete -c whittle -n 'not __fish_seen_subcommand_from build cache' -f -a 'build' -d "
                "'Build it'\n"));
  EXPECT_THAT(
      script,
      HasSubstr("-n '__fish_seen_subcommand_from cache; and not __fish_seen_subcommand_from gc' -f -a 'gc'"));
}

TEST(FishCompletion, OffersOptionsOfTheCommandThatWasGiven) {
  const auto script = fish_completion(completed_tool());
  EXPECT_THAT(
      script,
      HasSubstr(R"(-n '__fish_seen_subcommand_from build' -s o -l output -r -d 'It'\''s [where]: to')"));
  EXPECT_THAT(script,
              HasSubstr("-n '__fish_seen_subcommand_from build' -l form -x -a 'one two' -d 'Which form'"));
  EXPECT_THAT(script, HasSubstr("complete -c whittle -l progress -x -a 'tty' -d 'How'"));
}

}  // namespace
}  // namespace whittle::cli
