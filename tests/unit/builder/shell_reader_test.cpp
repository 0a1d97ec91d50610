#include "builder/shell_reader.hpp"

#include <gmock/gmock.h>

#include "builder/dockerfile_values.hpp"
#include "common/error.hpp"

namespace whittle::builder {
namespace {

using testing::ElementsAre;

std::vector<std::vector<std::string>> commands_of(std::string_view script) {
  ShellReader reader(script, {[](std::string_view name) { return "<" + std::string(name) + ">"; },
                              [](std::string_view inner) { return "(" + std::string(inner) + ")"; }});
  std::vector<std::vector<std::string>> all;
  while (auto command = reader.next()) all.push_back(command->words);
  return all;
}
std::vector<std::string> words_of(std::string_view script) {
  const auto all = commands_of(script);
  return all.empty() ? std::vector<std::string>() : all.front();
}

TEST(ShellReader, ReadsWordsAndQuotes) {
  EXPECT_THAT(words_of(R"(a 'b c' "d e"f \g "" '$x' "\"\q")"),
              ElementsAre("a", "b c", "d ef", "g", "", "$x", "\"\\q"));
  EXPECT_THAT(words_of("a \\\n b # c"), ElementsAre("a", "b"));
  EXPECT_THAT(words_of("$x \"$y\" ${z:-1} $(git log \")\") `d e`"),
              ElementsAre("<x>", "<y>", "<z:-1>", "(git", "log", "\")\")", "(d", "e)"));
  EXPECT_THAT(words_of("\"$(a b)\" a$ 5$"), ElementsAre("(a b)", "a$", "5$"));
}

TEST(ShellReader, ReadsLists) {
  EXPECT_THAT(
      commands_of("a && b; c || d | e\nf & (g; h) && { i; }"),
      ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c"), ElementsAre("d"), ElementsAre("e"),
                  ElementsAre("f"), ElementsAre("g"), ElementsAre("h"), ElementsAre("i")));
  ShellReader reader("A=1 B='x y' c >/dev/null 2>&1 || (d)",
                     {[](std::string_view) { return ""; }, [](std::string_view) { return ""; }});
  const auto first = reader.next();
  EXPECT_THAT(first->assignments, ElementsAre(testing::Pair("A", "1"), testing::Pair("B", "x y")));
  EXPECT_THAT(first->redirections, ElementsAre(testing::Pair(">", "/dev/null"), testing::Pair(">&", "1")));
  EXPECT_FALSE(first->is_alternative);
  const auto second = reader.next();
  EXPECT_TRUE(second->is_alternative);
  EXPECT_EQ(second->depth, 1U);
  EXPECT_THAT(commands_of("cat <<EOF >x\na b\nEOF\nc"), ElementsAre(ElementsAre("cat"), ElementsAre("c")));
}

TEST(ShellReader, RefusesWhatItDoesNotFollow) {
  for (const auto* script :
       {"if a; then b; fi", "for x in y; do z; done", "'a", "\"a", "$(a", "`a", "${a", "a )", "f() { a; }"})
    EXPECT_THROW(commands_of(script), Error) << script;
}

TEST(ShellReader, KnowsWhatNeedsAShell) {
  for (const auto* text : {"a $b", "a \"$b\"", "a > b", "a && b", "a *", "a 'b", "a `b`", "a ~"})
    EXPECT_TRUE(needs_shell(text)) << text;
  for (const auto* text : {"a b", "a '$b'", "a \"b c\"", "a \\$b"}) EXPECT_FALSE(needs_shell(text)) << text;
}

Variables sample_variables() {
  Variables variables;
  variables.set("x", "a/b.c.d");
  variables.set("empty", "");
  variables.declare("VERSION");
  variables.declare("secret");
  return variables;
}

TEST(DockerfileValues, Substitutes) {
  const auto variables = sample_variables();
  const auto is = [&](std::string_view text) { return variables.expand(text, '\\'); };
  EXPECT_EQ(is("$x ${x} $xx ${none}"), "a/b.c.d a/b.c.d  ");
  EXPECT_EQ(is("${none:-w}${empty:-w}${empty-w}${x:+y}${none:+y}"), "wwy");
  EXPECT_EQ(is("${x#*.}|${x##*.}|${x%.*}|${x%%.*}|${x##*/}|${x/b/B}|${x//./}"),
            "c.d|d|a/b.c|a/b|b.c.d|a/B.c.d|a/bcd");
  EXPECT_EQ(is("'$x' \"$x\" \\$x ${none:-${x}}"), "$x a/b.c.d $x a/b.c.d");
  EXPECT_EQ(spec_text(is("v$VERSION")), "v${version}");
  EXPECT_EQ(spec_text(is("$secret")), std::nullopt);
  EXPECT_EQ(spec_text("a$b ${c} $$"), "a$b $${c} $$$");
  EXPECT_THROW(is("${x"), Error);
  EXPECT_THROW(is("${x@Q}"), Error);
}

}  // namespace
}  // namespace whittle::builder
