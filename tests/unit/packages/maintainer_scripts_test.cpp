#include "packages/maintainer_scripts.hpp"

#include "tests/unit/packages/deb_helpers.hpp"

namespace whittle::packages {
namespace {

using test::DebMaker;
using testing::ElementsAre;

std::vector<std::string> judged(const std::string& package, const std::string& script,
                                const std::string& text) {
  const auto deb = test::read_deb(DebMaker(package).control_file(script, text).bytes());
  std::vector<std::string> lines;
  for (const auto& one : judge_scripts(package, *deb))
    lines.push_back((one.covered ? "+ " : "! ") + one.text);
  return lines;
}

TEST(MaintainerScripts, Hostile261_ReportedByName) {
  EXPECT_THAT(judged("tool", "postinst", "#!/bin/sh\nset -e\nmkdir /x\n"),
              ElementsAre("! the postinst of tool is not run"));
  EXPECT_THAT(
      judged("tool", "preinst",
             "#!/bin/sh\n# adduser in a comment\ndpkg-divert --package tool --rename --add /bin/x\n"
             "my-useradd x\n/usr/sbin/useradd x || groupadd y\n"),
      ElementsAre("! the preinst of tool is not run: it moves files of other packages away (dpkg-divert), "
                  "makes users (useradd), makes groups (groupadd)"));
  EXPECT_THAT(
      judged("tool", "postinst",
             "dpkg-statoverride --add root x 2755 /y; update-alternatives --install a b c 1"),
      ElementsAre("! the postinst of tool is not run: it changes modes and owners (dpkg-statoverride), sets "
                  "alternatives (update-alternatives)"));
}

TEST(MaintainerScripts, WhatRemovalRunsIsNothing) {
  EXPECT_THAT(judged("tool", "prerm", "rm -rf /"), ElementsAre());
  EXPECT_THAT(judged("tool", "postrm", "rm -rf /"), ElementsAre());
}

TEST(MaintainerScripts, Covered) {
  EXPECT_THAT(
      judged("ca-certificates", "postinst", "update-ca-certificates\n"),
      ElementsAre(
          "+ the postinst of ca-certificates is not run: the built-in `certificates` writes the bundle"));
  EXPECT_THAT(judged("other", "postinst", "update-ca-certificates\n"),
              ElementsAre("! the postinst of other is not run"));
  EXPECT_THAT(judged("tool", "config", "db_input"),
              ElementsAre("+ the config of tool is not run: it only asks questions"));
  EXPECT_THAT(judged("tool", "postinst",
                     "#!/bin/sh\nset -e\n# Added by a tool\ndpkg-maintscript-helper rm_conffile /x 1 "
                     "-- \"$@\"\nexit 0\n"),
              ElementsAre("+ the postinst of tool is not run: it only acts on upgrades"));
}

TEST(MaintainerScripts, Triggers) {
  EXPECT_THAT(
      judged("tool", "triggers", "# a comment\nactivate-noawait ldconfig\ninterest /usr/share/mime\n"),
      ElementsAre(
          "+ the trigger ldconfig of tool is not run: the loader finds libraries in its default folders "
          "without a cache",
          "! the trigger /usr/share/mime of tool is not run"));
}

TEST(MaintainerScripts, TriggersOfTrixie) {
  EXPECT_THAT(
      judged("base-files", "triggers", "interest-noawait /usr/lib32\ninterest-noawait /usr/libx32\n"),
      ElementsAre(
          "+ the trigger /usr/lib32 of base-files is not run: a folder of a second architecture gets "
          "its link where a package has it",
          "+ the trigger /usr/libx32 of base-files is not run: a folder of a second architecture gets "
          "its link where a package has it"));
}

TEST(MaintainerScripts, Hostile272_NamesAreEscaped) {
  EXPECT_THAT(judged("tool", "triggers", "interest a\x1b[31m\n"),
              ElementsAre("! the trigger a\\x1b[31m of tool is not run"));
}

}  // namespace
}  // namespace whittle::packages
