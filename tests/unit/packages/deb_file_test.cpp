#include "packages/deb_file.hpp"

#include "tests/unit/packages/deb_helpers.hpp"

namespace whittle::packages {
namespace {

using test::ArEntry;
using test::DebMaker;
using test::failure;
using test::read_deb;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

DebMaker demo() {
  DebMaker maker("demo", "1.2-3", "amd64");
  maker.control_file("postinst", "#!/bin/sh\n").folder("usr/", 0755).file("usr/tool", "program", 0755);
  return maker.hard_link("usr/again", "./usr/tool").link("usr/odd", "/../../etc/passwd");
}

std::string refused(const std::string& bytes, const DebLimits& limits = {}) {
  return failure([&] { read_deb(bytes, limits); });
}

std::string refused_entry(const test::HostileTar::Entry& entry) {
  return refused(demo().add(entry).bytes());
}

// The members of a good package after `spoil`.
template <class Spoil>
std::string refused_members(const Spoil& spoil) {
  auto members = demo().members();
  spoil(members);
  return refused(test::ar_archive(members));
}

TEST(DebFile, ReadsEachCompression) {
  for (const auto* suffix : {"", ".gz", ".xz", ".zst"}) {
    const auto deb = read_deb(demo().suffix(suffix).bytes());
    EXPECT_THAT(deb->control_file("control"), HasSubstr("Version: 1.2-3\n"));
    EXPECT_EQ(deb->control_file("postinst"), "#!/bin/sh\n");
    EXPECT_EQ(deb->control_file("prerm"), "");
    ASSERT_EQ(deb->entries().size(), 4U) << suffix;
    const auto& tool = deb->entries()[1];
    EXPECT_EQ(tool.path, "usr/tool");
    EXPECT_EQ(tool.file.mode, 0755U);
    EXPECT_EQ(tool.file.content, Digest::of("program"));
    EXPECT_EQ(test::content_of(tool.file), "program");
    const auto& again = deb->entries()[2].file;
    EXPECT_EQ(again.type, layers::FileEntry::Type::hardlink);
    EXPECT_EQ(again.link_target, "usr/tool");
    // A target is kept as it is (hostile 61): what it means is for whoever follows it.
    EXPECT_EQ(deb->entries()[3].file.link_target, "/../../etc/passwd");
  }
}

TEST(DebFile, ContentsOutliveIt) {
  auto deb = read_deb(demo().bytes());
  const auto tool = deb->entries()[1].file;
  deb.reset();
  EXPECT_EQ(test::content_of(tool), "program");
}

TEST(DebFile, MembersThatAreForLaterTools) {
  auto members = demo().members();
  members.insert(members.begin() + 1, ArEntry{"_gpgbuilder", "x"});
  EXPECT_EQ(refused(test::ar_archive(members)), "no error");
}

TEST(DebFile, Hostile259_Members) {
  using Members = std::vector<ArEntry>;
  EXPECT_EQ(refused_members([](Members& all) { all.pop_back(); }), "integrity: demo has no member data.tar");
  EXPECT_EQ(refused_members([](Members& all) { all.clear(); }),
            "integrity: demo has no member debian-binary");
  EXPECT_EQ(refused_members([](Members& all) { std::swap(all[1], all[2]); }),
            "integrity: the member \"data.tar.xz\" of demo stands where control.tar belongs");
  EXPECT_THAT(refused_members([](Members& all) { all.push_back(all.back()); }),
              HasSubstr("or stands there twice"));
  EXPECT_THAT(refused_members([](Members& all) {
                all.insert(all.begin() + 1, {"evil", "x"});
              }),
              HasSubstr("\"evil\" of demo stands where control.tar belongs"));
  EXPECT_THAT(refused_members([](Members& all) { all[1].name = "../control.tar"; }),
              HasSubstr("stands where"));
  EXPECT_THAT(refused_members([](Members& all) { all[0].content = "3.0\n"; }),
              StartsWith("unsupported: reading debian-binary of demo"));
  EXPECT_THAT(refused_members([](Members& all) {
                all.resize(1), all.resize(17, {"_x", ""});
              }),
              StartsWith("limit: demo has more than the limit of 16 members"));
}

TEST(DebFile, Hostile259_HeadersThatLie) {
  using Members = std::vector<ArEntry>;
  EXPECT_THAT(refused_members([](Members& all) { all[2].stated_size = "999999"; }),
              StartsWith("integrity: demo"));
  EXPECT_THAT(refused_members([](Members& all) { all[0].stated_size = "6"; }), StartsWith("integrity: "));
  EXPECT_THAT(refused_members([](Members& all) { all[1].stated_size = "9999999999"; }),
              StartsWith("integrity: "));
  EXPECT_THAT(refused_members([](Members& all) { all[1].name = "/1"; }),
              HasSubstr("a member has a long name"));
  // libarchive would take a gigabyte of memory for this table of names.
  EXPECT_THAT(refused_members([](Members& all) {
                all.insert(all.begin() + 1, {"//", "x", "1000000000"});
              }),
              HasSubstr("a member has a long name"));
  EXPECT_THAT(refused_members([](Members& all) { all[1].name = "#1/20"; }),
              HasSubstr("a member has a long name"));
  EXPECT_THAT(refused("!<arch>\n"), HasSubstr("no member debian-binary"));
  EXPECT_THAT(refused(std::string(100, 'x')), StartsWith("integrity: demo"));
  EXPECT_THAT(refused(""), StartsWith("integrity: demo"));
}

// Cut anywhere, it is refused.
TEST(DebFile, Hostile70_Cut) {
  const auto whole = demo().bytes();
  for (std::size_t size = 0; size < whole.size() - 1; size += 7)
    EXPECT_THAT(refused(whole.substr(0, size)), StartsWith("integrity: ")) << size;
  EXPECT_THAT(refused(whole + "xx"), StartsWith("integrity: "));
}

TEST(DebFile, Hostile259_Compressors) {
  const auto spoilt = [](std::string name, const std::string& content) {
    return refused_members([&](std::vector<ArEntry>& all) { all[2] = {std::move(name), content}; });
  };
  const auto tar = demo().data_tar();
  EXPECT_EQ(
      spoilt("data.tar.bz2", "BZh9"),
      "unsupported: reading data.tar.bz2 of demo: it is compressed with \".bz2\", not gzip, xz or zstd");
  EXPECT_THAT(spoilt("data.tar.lzma", "x"), StartsWith("unsupported: "));
  for (const auto* suffix : {".gz", ".xz", ".zst"}) {
    const auto name = std::string("data.tar") + suffix;
    const auto good = test::compressed_as(suffix, tar);
    EXPECT_THAT(spoilt(name, tar), StartsWith("integrity: ")) << suffix;  // plain
    EXPECT_THAT(spoilt(name, good + "garbage."), StartsWith("integrity: ")) << suffix;
    EXPECT_THAT(spoilt(name, good.substr(0, good.size() - 3)), StartsWith("integrity: ")) << suffix;
    auto flipped = good;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    EXPECT_THAT(spoilt(name, flipped), StartsWith("integrity: ")) << suffix;
  }
  EXPECT_THAT(spoilt("data.tar.gz", test::compressed_as(".zst", tar)),
              HasSubstr("is not gzip, as its name says"));
  EXPECT_THAT(spoilt("data.tar", tar + "x"), StartsWith("integrity: "));
}

TEST(DebFile, Hostile92_Bomb) {
  DebLimits limits;
  limits.data = 1U << 20U;
  DebMaker maker("demo");
  maker.file("zeros", std::string(2U << 20U, '\0'));
  EXPECT_EQ(refused(maker.bytes(), limits),
            "limit: reading data.tar.xz of demo: it becomes more than the limit of 1048576 bytes when it is "
            "decompressed");
  limits = {};
  limits.control = 1U << 20U;
  EXPECT_THAT(refused(DebMaker("demo").control_file("postinst", std::string(2U << 20U, 'x')).bytes(), limits),
              StartsWith("limit: reading control.tar.xz of demo: "));
}

TEST(DebFile, Hostile57_PathsThatLeadOut) {
  for (const auto* path : {"../../etc/passwd", "usr/../../b", "./..", "/etc/passwd", "//etc/x", "usr/x/.."})
    EXPECT_THAT(refused_entry({path, "x"}), AllOf(StartsWith("integrity: reading data.tar.xz of demo: "),
                                                  HasSubstr("entry 6"), HasSubstr("leads out of the ")))
        << path;
}

TEST(DebFile, Hostile58_OneNormalForm) {
  EXPECT_EQ(read_deb(demo().add({"usr//./x", "x"}).bytes())->entries().back().path, "usr/x");
  EXPECT_THAT(refused_entry({"usr//tool", "x"}), HasSubstr("is there twice"));
  EXPECT_THAT(refused_entry({"./usr/", {}, '5'}), HasSubstr("is there twice"));
}

TEST(DebFile, Hostile59_Root) {
  EXPECT_THAT(refused_entry({"./", {}, '2', "usr"}), HasSubstr("stands for the root but is not a folder"));
}

TEST(DebFile, Hostile62_HardLinks) {
  const auto link = [](const char* target) { return refused_entry({"./h", {}, '1', target}); };
  for (const auto* target : {"../usr/tool", "/usr/tool", "absent", "h", "./usr/toolx"})
    EXPECT_THAT(link(target), AllOf(StartsWith("integrity: "), HasSubstr("which is not before it")))
        << target;
  EXPECT_THAT(link("usr"), HasSubstr("which is a folder"));
  EXPECT_THAT(refused_entry({"./h", "data", '1', "usr/tool"}), HasSubstr("has content, and is no file"));
  const auto deb = read_deb(demo().hard_link("h", "usr/odd").bytes());  // hostile 63: a link to the link
  EXPECT_EQ(deb->entries().back().file.type, layers::FileEntry::Type::symlink);
}

TEST(DebFile, Hostile82_Devices) {
  for (const char type : {'3', '4', '6'})
    EXPECT_THAT(refused_entry({"./dev/x", {}, type}),
                AllOf(StartsWith("unsupported: "), HasSubstr("is a device")));
  EXPECT_THAT(refused_entry({"./x", {}, 'S'}), HasSubstr("of the unknown type \"S\""));  // hostile 78, 84
}

TEST(DebFile, Hostile87_DepthAndNumbers) {
  std::string deep = "a";
  for (int i = 1; i < 10000; ++i) deep += "/a";
  EXPECT_THAT(refused_entry({deep, "x"}),
              AllOf(StartsWith("limit: "), HasSubstr("limit of 4096 bytes of a name")));
  EXPECT_THAT(refused_entry({deep.substr(0, 2001), "x"}), HasSubstr("limit of 256 nested folders"));
  DebLimits limits;
  limits.entries = 4;
  EXPECT_THAT(refused(demo().bytes(), limits), HasSubstr("limit of 4 entries"));
  limits = {};
  limits.names = 40;
  EXPECT_THAT(refused(demo().bytes(), limits), HasSubstr("limit of 40 bytes of names"));
}

TEST(DebFile, ControlFiles) {
  auto members = demo().members();
  test::HostileTar tar;
  members[1] = {"control.tar", tar.file("./md5sums", "").text()};
  EXPECT_THAT(refused(test::ar_archive(members)), HasSubstr("it has no file `control`"));
  members[1].content = test::HostileTar().file("./control", "a").file("control", "b").text();
  EXPECT_THAT(refused(test::ar_archive(members)), HasSubstr("is there twice"));
  members[1].content = test::HostileTar().file("./x/control", "a").text();
  EXPECT_THAT(refused(test::ar_archive(members)), HasSubstr("is no control file"));
  members[1].content = test::HostileTar().link("./control", "/etc/passwd").text();
  EXPECT_THAT(refused(test::ar_archive(members)), HasSubstr("is no control file"));
}

}  // namespace
}  // namespace whittle::packages
