#include "packages/package_tree.hpp"

#include "tests/unit/packages/deb_helpers.hpp"

namespace whittle::packages {
namespace {

using test::DebMaker;
using test::failure;
using test::listing;
using test::tree_of;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string refused_tree(const std::vector<DebMaker>& makers) {
  return failure([&] { tree_of(makers); });
}

TEST(PackageTree, OwnersAndModesAsPackaged) {
  DebMaker a("a");
  a.folder("etc", 0755).file("etc/a", "x", 0640).folder("srv", 01777);
  a.add({"./etc/mail", "y", '0', {}, {}, 0660, 8});
  const auto tree = tree_of({a});
  EXPECT_THAT(listing(tree.files), ElementsAre("755 etc/", "640 etc/a = x", "660 etc/mail = y", "1777 srv/"));
  EXPECT_EQ(tree.files.entries().find("etc/mail")->second.gid, 8U);
  EXPECT_THAT(tree.notices, IsEmpty());
}

TEST(PackageTree, OrderOfPackagesChangesNothing) {
  DebMaker a("a");
  a.folder("etc/", 0755).file("etc/a", "x");
  DebMaker b("b");
  b.folder("etc/", 0700).file("etc/b", "y");
  const auto one = tree_of({a, b});
  EXPECT_EQ(one.files.digest(), tree_of({b, a}).files.digest());
  // The first by name keeps the folder, as with dpkg the first that is installed.
  EXPECT_EQ(one.files.entries().find("etc")->second.mode, 0755U);
  EXPECT_THAT(one.notices, ElementsAre("the folder \"/etc\" is as a has it (mode 0755); b wants 0700"));
}

// Bookworm's packages have ./bin/, ./lib/; an installed system has links.
TEST(PackageTree, MergedUsr) {
  DebMaker base("base-files");
  base.folder("bin").folder("lib").folder("sbin");
  DebMaker libc("libc6");
  libc.folder("lib").file("lib/x86_64-linux-gnu/libc.so.6", "c").folder("lib64");
  libc.link("lib64/ld.so", "/lib/x86_64-linux-gnu/ld.so").file("usr/lib/other", "o");
  EXPECT_THAT(
      listing(tree_of({base, libc}).files),
      AllOf(Contains("777 bin -> usr/bin"), Contains("777 lib -> usr/lib"),
            Contains("777 lib64 -> usr/lib64"), Contains("644 usr/lib/x86_64-linux-gnu/libc.so.6 = c"),
            Contains("755 usr/bin/"), Contains("777 usr/lib64/ld.so -> /lib/x86_64-linux-gnu/ld.so"),
            Not(Contains(HasSubstr("lib32")))));
}

// Trixie's base-files makes those of a second architecture by a trigger.
TEST(PackageTree, ALinkToTheFolderOfASecondArchitecture) {
  DebMaker libc("libc6-i386");
  libc.file("usr/lib32/libc.so.6", "c").file("usr/lib32x/other", "o");
  EXPECT_THAT(listing(tree_of({libc}).files),
              AllOf(Contains("777 lib32 -> usr/lib32"), Contains("644 usr/lib32/libc.so.6 = c"),
                    Not(Contains(HasSubstr("libx32")))));
}

// Trixie's base-files has the links itself.
TEST(PackageTree, MergedUsrOfTrixie) {
  DebMaker base("base-files");
  base.link("bin", "usr/bin").folder("usr").folder("usr/bin").link("lib", "usr/lib").folder("usr/lib");
  DebMaker shell("dash");
  shell.file("bin/sh", "s", 0755);
  EXPECT_THAT(
      listing(tree_of({base, shell}).files),
      AllOf(Contains("777 bin -> usr/bin"), Contains("755 usr/bin/sh = s"), Contains("755 usr/lib/")));
}

// As base-files' postinst makes of its folders.
TEST(PackageTree, FoldersInVarThatAreLinks) {
  DebMaker base("base-files");
  base.folder("run").folder("var").folder("var/lock", 01777).folder("var/run").file("var/run/x", "1");
  EXPECT_THAT(listing(tree_of({base}).files),
              AllOf(Contains("777 var/run -> /run"), Contains("777 var/lock -> /run/lock"),
                    Contains("644 run/x = 1"), Contains("1777 run/lock/")));
}

TEST(PackageTree, MergedUsrConflicts) {
  DebMaker a("a");
  a.file("bin/tool", "one");
  DebMaker b("b");
  b.file("usr/bin/tool", "two");
  EXPECT_EQ(refused_tree({a, b}),
            "spec: \"/usr/bin/tool\" is a file of the package a and another file of the package b\n"
            "hint: leave one of the two packages out");
  a.file("usr/bin/tool", "three");
  EXPECT_THAT(refused_tree({a}), HasSubstr("the package a has \"/usr/bin/tool\" twice"));
}

TEST(PackageTree, Hostile260_OnePathOfTwoPackages) {
  DebMaker a("a");
  a.file("etc/x", "same");
  DebMaker b("b");
  b.file("etc/x", "same");
  EXPECT_THAT(listing(tree_of({a, b}).files), ElementsAre("755 etc/", "644 etc/x = same"));
  DebMaker other("c");
  other.file("etc/x", "different");
  EXPECT_THAT(refused_tree({a, other}),
              HasSubstr("is a file of the package a and another file of the package c"));
  DebMaker mode("d");
  mode.file("etc/x", "same", 0755);
  EXPECT_THAT(refused_tree({a, mode}), HasSubstr("\"/etc/x\" is a file"));
  DebMaker link("e");
  link.link("etc/x", "y");
  EXPECT_THAT(refused_tree({a, link}),
              HasSubstr("is a link of the package e and another file of the package a"));
}

// Debian policy, section 7.6.1.
TEST(PackageTree, Replaces) {
  DebMaker a("a", "1.0");
  a.file("x", "old");
  const auto with = [&](const char* replaces) {
    DebMaker b("b", "2.0");
    b.field("Replaces", replaces).file("x", "new");
    return std::vector<DebMaker>{a, b};
  };
  EXPECT_THAT(listing(tree_of(with("a")).files), ElementsAre("644 x = new"));
  EXPECT_THAT(listing(tree_of(with("c, a (<< 1.1~)")).files), ElementsAre("644 x = new"));
  EXPECT_THAT(refused_tree(with("a (<< 1.0)")), HasSubstr("\"/x\" is a file of the package a"));
  EXPECT_THAT(refused_tree(with("aa")), HasSubstr("\"/x\" is a file of the package a"));
  a.field("Replaces", "b");
  EXPECT_THAT(refused_tree(with("a")), HasSubstr("\"/x\" is a file of the package a"));  // each the other
  EXPECT_THAT(listing(tree_of(with("c")).files), ElementsAre("644 x = old"));
}

TEST(PackageTree, Hostile260_ThroughAnotherPackagesLink) {
  DebMaker a("a");
  a.link("data", "srv/data").link("up", "../../../etc").link("whole", "/srv");
  DebMaker b("b");
  b.folder("data").file("data/x", "1").file("up/passwd", "2").file("whole/data/y", "3");
  EXPECT_THAT(
      listing(tree_of({a, b}).files),
      ElementsAre("777 data -> srv/data", "755 etc/", "644 etc/passwd = 2", "755 srv/", "755 srv/data/",
                  "644 srv/data/x = 1", "644 srv/data/y = 3", "777 up -> ../../../etc", "777 whole -> /srv"));
}

TEST(PackageTree, Hostile60_LinksInACircle) {
  DebMaker a("a");
  a.link("one", "two").link("two", "one");
  DebMaker b("b");
  b.file("one/x", "1");
  EXPECT_EQ(refused_tree({a, b}), "integrity: \"one/x\" leads over more than 40 symbolic links");
}

TEST(PackageTree, Hostile65_BelowAFile) {
  DebMaker a("a");
  a.file("x", "file");
  DebMaker b("b");
  b.file("x/y", "below");
  EXPECT_THAT(refused_tree({a, b}),
              AllOf(HasSubstr("unpacking the package b: "), HasSubstr("lies in \"x\"")));
  DebMaker c("c");
  c.folder("x");
  EXPECT_THAT(refused_tree({a, c}),
              HasSubstr("\"/x\" is a file of the package a and another folder of the package c"));
}

// A name that image layers reserve.
TEST(PackageTree, Hostile66_Whiteouts) {
  EXPECT_THAT(refused_tree({DebMaker("a").file("etc/.wh.passwd", "")}), HasSubstr("reserved for whiteouts"));
}

TEST(PackageTree, HardLinksByTheFirstPath) {
  DebMaker a("a");
  a.file("usr/share/man/tool.1", "page").file("z", "one").hard_link("b", "z").hard_link("c", "b");
  a.hard_link("page", "usr/share/man/tool.1");
  const auto tree = tree_of({a});
  EXPECT_THAT(listing(tree.files), ElementsAre("644 b = one", "644 c => b", "644 page = page", "644 z => b"));
}

TEST(PackageTree, Hostile81_SetidBits) {
  DebMaker a("a");
  a.file("usr/bin/su", "s", 04755).hard_link("usr/bin/sv", "usr/bin/su").folder("var/local", 02775);
  const auto tree = tree_of({a});
  EXPECT_THAT(listing(tree.files),
              AllOf(Contains("755 usr/bin/su = s"), Contains("755 usr/bin/sv => usr/bin/su")));
  EXPECT_THAT(tree.notices,
              Contains("\"/usr/bin/su\" of the package a has mode 4755: the setuid and setgid bits are "
                       "dropped"));
  EXPECT_EQ(tree.files.entries().find("var/local")->second.mode, 02775U);  // gives nobody a right
  const auto kept = tree_of({a}, {{}, {}, true});
  EXPECT_THAT(listing(kept.files), Contains("4755 usr/bin/su = s"));
  EXPECT_THAT(kept.notices, IsEmpty());
}

TEST(PackageTree, NotThePinnedPackage) {
  const DebMaker a("a", "1.0");
  const auto file = test::read_deb(a.bytes());
  auto pinned = a.pinned();
  pinned.version = "2.0";
  EXPECT_EQ(failure([&] {
              make_package_tree({{pinned, file}}, {});
            }),
            "integrity: the control file of demo says Version: \"1.0\", and the index \"2.0\"");
}

// What trivy, syft and grype read.
TEST(PackageTree, DpkgStatus) {
  DebMaker a("a", "1.0");
  a.control_file("md5sums", "0123  etc/a\n4567  bin/b\n89ab  usr/share/man/c\n")
      .file("bin/b", "y")
      .control_file("conffiles", "/etc/a\n")
      .file("etc/a", "x");
  const auto tree = tree_of({a, DebMaker("b")}).files;
  const auto text = [&](const char* path) { return test::content_of(tree.entries().at(path)); };
  EXPECT_EQ(text("var/lib/dpkg/status.d/a"),
            "Package: a\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\n"
            "Maintainer: Nobody <nobody@example.com>\nDescription: a package of a test\n with two lines\n");
  EXPECT_EQ(text("var/lib/dpkg/status.d/a.md5sums"), "0123  etc/a\n4567  bin/b\n");
  EXPECT_EQ(tree.entries().count("var/lib/dpkg/status.d/b.md5sums"), 0U);
}

}  // namespace
}  // namespace whittle::packages
