#include "closure/shell_words.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "closure/loader_conf.hpp"
#include "closure/name_services.hpp"
#include "closure/shebang.hpp"

namespace whittle::closure {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(ShellWords, FindsCommandsWhereverTheyMayStand) {
  const auto words = read_shell_words(R"x(#!/bin/sh
set -e
NAME=x FOO="$(hostname -f)" first arg | second && (third; { fourth; }) || ! fifth
if sixth; then seventh; elif eighth; then :; else ninth; fi
while tenth; do eleventh & done
case "$1" in
  start) twelfth ;;
  sh|bash) thirteenth ;;
esac
`fourteenth` "inner $(fifteenth "a b")" ${X:-/opt/x}
)x");
  EXPECT_THAT(words.commands,
              testing::IsSupersetOf({"set", "hostname", "first", "second", "third", "fourth", "fifth",
                                     "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
                                     "thirteenth", "fourteenth", "fifteenth"}));
  EXPECT_THAT(words.commands, Not(Contains("start")));
  EXPECT_THAT(words.commands, Not(Contains("arg")));
  EXPECT_THAT(words.paths, Contains("/opt/x"));
}

TEST(ShellWords, FollowsCommandsThatRunOthers) {
  EXPECT_THAT(read_shell_words("exec gosu nobody env A=b api \"$@\"").commands,
              testing::IsSupersetOf({"exec", "gosu", "env", "api"}));
  EXPECT_THAT(read_shell_words("sh -c 'inner | other'").commands,
              UnorderedElementsAre("sh", "inner", "other"));
  EXPECT_THAT(read_shell_words("trap 'clean' EXIT; eval \"built $x\"").commands,
              testing::IsSupersetOf({"clean", "built"}));
  EXPECT_THAT(read_shell_words("find . | xargs grep x").commands,
              testing::IsSupersetOf({"find", "xargs", "grep"}));
}

TEST(ShellWords, LeavesOutFunctionsCommentsAndHereDocuments) {
  const auto words = read_shell_words(
      "say() { echo; }\nsay # real\ncat <<-EOF >/etc/x; tail\n\tnot\n\tEOF\nlast\n. /etc/functions\nsource "
      "./more\n");
  EXPECT_THAT(words.commands, UnorderedElementsAre("echo", "cat", "tail", "last", ".", "source"));
  EXPECT_THAT(words.sources, ElementsAre("./more", "/etc/functions"));
  EXPECT_THAT(words.paths, Contains("/etc/x"));
}

TEST(ShellWords, SaysWhenACommandIsComputed) {
  EXPECT_FALSE(read_shell_words("exec \"$@\"\n\"$@\"\n").computes_commands);
  EXPECT_TRUE(read_shell_words("$TOOL x\n").computes_commands);
}

TEST(ShellWords, EndsWhateverTheTextIs) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "$(";
  for (const auto& text :
       {deep, std::string("'"), std::string("\""), std::string("${"), std::string("`"), std::string("\\"),
        std::string("<<"), std::string("a <<"), std::string(100'000, '('), std::string("x\0y", 3)})
    read_shell_words(text);
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += fmt::format("c{}\n", i);
  EXPECT_EQ(read_shell_words(many).commands.size(), most_shell_words);
}

std::string program_of(std::string_view text) {
  const auto shebang = read_shebang(text);
  return std::string(shebang.program());
}

TEST(Shebang, IsReadAsLinuxAndEnvDo) {
  EXPECT_EQ(program_of("#!/bin/sh"), "/bin/sh");
  EXPECT_EQ(program_of("#! /usr/bin/env python3\nx"), "python3");
  EXPECT_EQ(program_of("#!/usr/bin/env -S A=b node --x\r\n"), "node");
  EXPECT_EQ(program_of("#!/usr/bin/env -Snode --x\n"), "node");
  EXPECT_EQ(program_of("#!"), "");
  EXPECT_EQ(program_of("#!/usr/bin/env"), "");
  EXPECT_EQ(read_shebang("no").interpreter, "");
  EXPECT_EQ(read_shebang("#!" + std::string(10'000, 'a')).interpreter.size(), 255U);
  EXPECT_TRUE(is_shell("/bin/bash"));
  EXPECT_FALSE(is_shell("bashful"));
}

TEST(NameServices, AreThoseOfOneDatabase) {
  const std::string_view text =
      "# hosts: no\npasswd:\tfiles systemd\nhosts: files [!UNAVAIL=return] dns # mdns\nhosts: dns ../x "
      "myhostname\n";
  EXPECT_THAT(services_of(text, "hosts"), ElementsAre("files", "dns", "myhostname"));
  EXPECT_THAT(services_of(text, "passwd"), ElementsAre("files", "systemd"));
  EXPECT_THAT(services_of(text, "group"), ElementsAre("files"));
  EXPECT_THAT(services_of("hosts: [", "hosts"), ElementsAre("files", "dns"));
}

TEST(LoaderConf, HasFoldersAndIncludes) {
  const auto conf =
      parse_loader_conf("# x\n/a /b,/c:/d=libc6\ninclude ld.so.conf.d/*.conf more\nhwcap 1 x\n");
  EXPECT_THAT(conf.folders, ElementsAre("/a", "/b", "/c", "/d"));
  EXPECT_THAT(conf.includes, ElementsAre("ld.so.conf.d/*.conf", "more"));
}

TEST(LoaderConf, ExpandsTokens) {
  EXPECT_THAT(expanded("$ORIGIN/../${LIB}", {{"/opt/bin"}, 62}),
              ElementsAre("/opt/bin/../lib", "/opt/bin/../lib64", "/opt/bin/../lib/x86_64-linux-gnu",
                          "/opt/bin/../lib/x86_64-linux-gnux32"));
  EXPECT_THAT(expanded("/a/$PLATFORM", {{}, 183}), ElementsAre("/a/aarch64"));
  EXPECT_THAT(expanded("/a/$OTHER", {{}, 62}), IsEmpty());
  EXPECT_THAT(folders_of("/a::/b", ":"), ElementsAre("/a", ".", "/b"));
  EXPECT_THAT(folders_of("", ":"), IsEmpty());
}

}  // namespace
}  // namespace whittle::closure
