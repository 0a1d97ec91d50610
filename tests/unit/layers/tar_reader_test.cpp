#include "layers/tar_reader.hpp"

#include <fmt/format.h>

#include "layers/tar_header.hpp"
#include "tests/unit/layers/helpers.hpp"
#include "tests/unit/layers/tar_pieces.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_literals;
using test::expect_error;
using test::member;
using test::patched;
using test::record;

std::vector<TarEntry> entries_of(const std::string& tar) {
  TextSource source(tar);
  TarReader reader(source, "layer 1");
  std::vector<TarEntry> entries;
  while (auto entry = reader.next()) entries.push_back(std::move(*entry));
  return entries;
}

std::vector<std::string> paths_of(const std::string& tar) {
  std::vector<std::string> paths;
  for (const auto& entry : entries_of(tar)) paths.push_back(entry.path);
  return paths;
}

TEST(TarReader, ReadsWhatTheWriterWrites) {
  FileTree tree;
  tree.add("usr/bin/api", test::file(test::sample(100'000), 0755));
  tree.add("etc/link", test::symlink("/usr/" + std::string(300, 't')));
  tree.add("etc/latin-\xe9", test::file("y"));
  FileEntry home = test::directory(01777);
  home.uid = 65532;
  home.gid = 3'000'000;
  tree.add("home/" + std::string(120, 'd') + "/" + std::string(200, 'n'), home);
  const auto entries = entries_of(test::tar_of(tree));
  ASSERT_EQ(entries.size(), tree.entries().size());
  std::size_t i = 0;
  for (const auto& [path, expected] : tree.entries()) {
    const auto& entry = entries[i++];
    EXPECT_EQ(entry.path, path);
    EXPECT_EQ(entry.type, expected.type == FileEntry::Type::directory ? '5' : path == "etc/link" ? '2' : '0');
    EXPECT_EQ(entry.mode, expected.mode);
    EXPECT_EQ(entry.uid, expected.uid);
    EXPECT_EQ(entry.gid, expected.gid);
    EXPECT_EQ(entry.target, expected.link_target);
  }
}

TEST(TarReader, NamesAreBelowTheRoot) {
  const std::pair<const char*, const char*> names[] = {
      {"./a/b", "a/b"}, {"/a", "a"},         {"a//b/./c", "a/b/c"}, {"./", ""},
      {"...", "..."},   {"a/..b/", "a/..b"}, {"a/../b", "b"}};
  for (const auto& [name, path] : names)
    EXPECT_THAT(paths_of(member('5', name)), testing::ElementsAre(path)) << name;
  // Hostile 57.
  for (const auto* name : {"../../a", "a/../../b", "..", "/../a"})
    expect_error(ErrorKind::integrity, "entry 2 of layer 1",
                 [&] { paths_of(member('0', "x") + member('5', name)); });
}

TEST(TarReader, ReadsContentsAsFarAsWanted) {
  const auto first = test::sample(3000);
  TextSource source(member('0', "a", first) + member('5', "d") + member('0', "b", "bb") + member('0', "c"));
  TarReader reader(source, "layer 1");
  std::string content(2000, '\0');
  const auto read = [&](std::size_t count) {
    return content.substr(0, reader.read(std::as_writable_bytes(std::span(content)).first(count)));
  };
  ASSERT_EQ(reader.next()->path, "a");
  EXPECT_EQ(read(100), first.substr(0, 100));
  ASSERT_EQ(reader.next()->path, "d");
  EXPECT_EQ(read(100), "");
  ASSERT_EQ(reader.next()->path, "b");
  EXPECT_EQ(read(1), "b");
  EXPECT_EQ(read(100), "b");
  EXPECT_EQ(read(100), "");
  ASSERT_EQ(reader.next()->path, "c");
  EXPECT_EQ(read(100), "");
  EXPECT_FALSE(reader.next());
}

// "LENGTH KEY=VALUE\n", the length counting itself.
TEST(TarReader, EveryFieldOfAHeader) {
  auto header = patched(patched(member('3', "dev/null"), 265, "root\0"s), 297, "sys\0"s);
  header = patched(patched(patched(header, 329, "0000001\0"s), 337, "0000003\0"s), 136, "00000000017\0"s);
  const auto device = entries_of(member('0', "a") + header).at(1);
  EXPECT_EQ(device.owner, "root");
  EXPECT_EQ(device.group, "sys");
  EXPECT_EQ(device.device_major, 1U);
  EXPECT_EQ(device.device_minor, 3U);
  EXPECT_EQ(device.mtime, 15);
  EXPECT_EQ(device.number, 2U);
  EXPECT_EQ(device.format, TarFormat::ustar);
  const auto records = record("mtime", "-1.25") + record("uname", "jürgen") +
                       record("SCHILY.xattr.user.a=b", "=v") +
                       record("SCHILY.xattr.security.capability", "\1\0\2"s) +
                       record("LIBARCHIVE.xattr.user%2ex", "AQI=") + record("VENDOR.key", "kept");
  const auto entry = entries_of(member('x', "x", records) + member('0', "a")).at(0);
  EXPECT_EQ(entry.mtime, -2);
  EXPECT_EQ(entry.mtime_nanoseconds, 750'000'000U);
  EXPECT_EQ(entry.owner, "jürgen");
  EXPECT_EQ(entry.format, TarFormat::pax);
  EXPECT_EQ(entry.xattrs.at("security.capability"), "\1\0\2"s);
  EXPECT_EQ(entry.xattrs.at("user.x"), "\1\2"s);
  EXPECT_THAT(entry.records, testing::ElementsAre(testing::Pair("VENDOR.key", "kept")));
  // A time before 1970 as GNU writes it (hostile 80).
  EXPECT_EQ(entries_of(patched(member('0', "a"), 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"))
                .at(0)
                .mtime,
            -2);
}

TEST(TarReader, AttributesThatDisagree) {  // hostile 83
  const auto two = [](const std::string& value) {
    return member('x', "x",
                  record("SCHILY.xattr.user.x", "\1\2") + record("LIBARCHIVE.xattr.user.x", value)) +
           member('0', "a");
  };
  EXPECT_EQ(entries_of(two("AQI=")).at(0).xattrs.size(), 1U);
  expect_error(ErrorKind::integrity, "two values", [&] { entries_of(two("AQM=")); });
}

TEST(TarReader, HeadersBeforeHeaders) {  // hostile 75 and 76
  std::string chain;
  for (int i = 0; i < 9; ++i) chain += member('x', "x", record("comment", "c"));
  expect_error(ErrorKind::limit, "more than 8 extended headers",
               [&] { entries_of(chain + member('0', "a")); });
  expect_error(ErrorKind::integrity, "the whole archive sets path",
               [] { entries_of(member('g', "g", record("path", "b")) + member('0', "a")); });
  EXPECT_THAT(paths_of(member('x', "x", record("path", "pax")) + member('L', "././@LongLink", "gnu\0"s) +
                       member('0', "a")),
              testing::ElementsAre("pax"));
  expect_error(ErrorKind::integrity, "zero byte",
               [] { entries_of(member('x', "x", record("path", "a\0b"s)) + member('0', "a")); });
}

TEST(TarReader, BytesBehindTheEnd) {  // hostile 70 and 71
  const auto end = [](const std::string& tar) {
    TextSource source(tar);
    TarReader reader(source, "layer 1");
    while (reader.next()) {
    }
    return std::pair(reader.end_blocks(), reader.trailing_bytes());
  };
  const std::string zeros(512, '\0');
  EXPECT_EQ(end(member('0', "a")), std::pair(0U, std::uint64_t{0}));
  EXPECT_EQ(end(member('0', "a", "text").substr(0, 516)),
            std::pair(0U, std::uint64_t{0}));  // as umoci ends a layer
  expect_error(ErrorKind::integrity, "middle of a file",
               [&] { end(member('0', "a", "text").substr(0, 515)); });
  EXPECT_EQ(end(member('0', "a") + zeros), std::pair(1U, std::uint64_t{0}));
  EXPECT_EQ(end(member('0', "a") + zeros + zeros), std::pair(2U, std::uint64_t{0}));
  EXPECT_EQ(end(member('0', "a") + zeros + zeros + zeros + "?"), std::pair(2U, std::uint64_t{513}));
  EXPECT_EQ(end(member('0', "a") + zeros + member('0', "b")), std::pair(1U, std::uint64_t{512}));
}

TEST(TarReader, OtherWriters) {
  const std::string name(4000, 'n');
  EXPECT_THAT(
      paths_of(member('L', "././@LongLink", name + '\0') + member('0', "nnn", "content") + member('0', "b")),
      testing::ElementsAre(name, "b"));
  EXPECT_EQ(entries_of(member('K', "././@LongLink", name + '\0') + member('2', "a")).at(0).target, name);
  EXPECT_THAT(paths_of(member('g', "pax_global_header", "19 comment=abcdefg\n") + member('0', "a")),
              testing::ElementsAre("a"));
  EXPECT_THAT(
      paths_of(member('x', "x", "29 SCHILY.xattr.a=b\nc\0d=efgh\n"s + "10 path=b\n") + member('0', "a")),
      testing::ElementsAre("b"));
  // GNU's format has times where ustar has the start of the path, and large numbers in binary.
  const auto gnu = patched(patched(member('5', "a/"), 257, "ustar  \0"s), 345, "14000000000");
  EXPECT_THAT(paths_of(gnu), testing::ElementsAre("a"));
  EXPECT_EQ(entries_of(patched(member('5', "a/"), 108, "\x80\0\0\0\x12\x34\x56\x78"s)).at(0).uid,
            0x12345678U);
  // Before ustar, a directory was a name with a slash; numbers were padded with blanks.
  const auto old =
      patched(patched(patched(member('0', "a/"), 156, "\0"s), 257, std::string(8, '\0')), 100, "   755 \0"s);
  EXPECT_EQ(entries_of(old).at(0).type, '5');
  EXPECT_EQ(entries_of(old).at(0).mode, 0755U);
}

TEST(TarReader, WhatHasNoContentIsNotSkippedOver) {
  for (const char type : {'1', '2', '3', '4', '5', '6'})
    EXPECT_THAT(paths_of(patched(member(type, "a"), 124, "00000001000") + member('0', "b")),
                testing::ElementsAre("a", "b"));
}

TEST(TarReader, TheEnd) {
  EXPECT_TRUE(entries_of("").empty());
  EXPECT_TRUE(entries_of(std::string(10240, '\0')).empty());
  EXPECT_THAT(paths_of(member('0', "a")), testing::ElementsAre("a"));  // without the two blocks
  EXPECT_THAT(paths_of(member('0', "a") + std::string(512, '\0') + member('0', "b") + "?"),
              testing::ElementsAre("a"));
}

TEST(TarReader, WhatIsNoTar) {  // hostile 69 and 74
  const std::string good = member('0', "a", std::string(600, 'c'));
  const std::size_t without_padding = 512 + 600;
  for (std::size_t size = 1; size < good.size(); ++size)
    if (size != without_padding)
      expect_error(ErrorKind::integrity, "layer 1 is not a tar", [&] { entries_of(good.substr(0, size)); });
  for (std::size_t bit = 0; bit < 512U * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    if (bit / 8 < 148 || bit / 8 >= 156)
      expect_error(ErrorKind::integrity, "checksum", [&] { entries_of(bad); });
  }
  for (const auto& records : {"x"s, "5"s, " a=b\n"s, "0 a=b\n"s, "3 a\n"s, "9 a=b\n"s, "6 a=bc"s, "6 abc\n"s,
                              "99999999999999999999 a=b\n"s, "-6 a=b\n"s, "9 uid=1x\n"s, "7 uid=\n"s})
    expect_error(ErrorKind::integrity, "extended header",
                 [&] { entries_of(member('x', "x", records) + member('0', "a")); });
  expect_error(ErrorKind::limit, "extended header of",
               [] { entries_of(member('x', "x", std::string(1U << 21U, 'a'))); });
  expect_error(ErrorKind::integrity, "too large",
               [] { entries_of(member('x', "x", "18 uid=4294967296\n") + member('0', "a")); });
  expect_error(ErrorKind::integrity, "number", [&] {
    entries_of(patched(member('0', "a"), 124, "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
  });
  expect_error(ErrorKind::integrity, "number",
               [&] { entries_of(patched(member('0', "a"), 108, "0000x00\0"s)); });
}

TEST(TarReader, SaysWhereContentsLie) {
  const std::string text = "some content";
  const auto tar = member('5', "./a/") + member('0', "./a/" + std::string(300, 'n'), text) +
                   member('2', "link") + member('0', "b", "x") + std::string(tar_end());
  for (const auto& entry : entries_of(tar)) {
    if (entry.type == '5') {
      EXPECT_EQ(entry.written, "./a/");
    } else if (entry.type == '0') {
      EXPECT_EQ(tar.substr(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size)),
                entry.path == "b" ? "x" : text);
    }
  }
}

TEST(TarReader, JumpsOverContents) {
  const auto tar = member('0', "a", std::string(5000, 'a')) + member('0', "b", "x") + std::string(tar_end());
  // Gives headers only: contents are jumped over.
  struct Headers final : ByteSource {
    explicit Headers(std::string all) : text(std::move(all)) {}
    std::size_t read(MutableBytes buffer) override {
      const auto count = text.copy(reinterpret_cast<char*>(buffer.data()), buffer.size(), position);
      position += count;
      read_in_all += count;
      return count;
    }
    std::string text;
    std::size_t position = 0;
    std::size_t read_in_all = 0;
  };
  const auto read = [](Headers& source) {
    TarReader reader(source, "archive", [&](std::uint64_t bytes) {
      source.position += static_cast<std::size_t>(bytes);
      return source.position <= source.text.size();
    });
    std::vector<std::string> paths;
    while (const auto entry = reader.next()) paths.push_back(entry->path);
    return paths;
  };
  Headers whole(tar);
  EXPECT_THAT(read(whole), testing::ElementsAre("a", "b"));
  EXPECT_EQ(whole.read_in_all, 3 * tar_block);
  Headers cut(tar.substr(0, 3000));
  expect_error(ErrorKind::integrity, "middle of a file", [&] { read(cut); });
}

TEST(TarReader, Hostile72_SizesThatAreNone) {
  const auto sized = [](const std::string& field) {
    return entries_of(patched(member('0', "a"), 124, field)).at(0).size;
  };
  EXPECT_EQ(sized(std::string(12, '\0')), 0U);  // as some old writers left it
  for (const auto& field :
       {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"s, "0000000008\0\0"s, "-0000000001\0"s, "size\0"s})
    expect_error(ErrorKind::integrity, "no number", [&] { sized(field); });
  expect_error(ErrorKind::integrity, "too large", [&] { sized("\x80\1\0\0\0\0\0\0\0\0\0\0"s); });
  // Beyond 63 bits, and within them but not there: no sum runs over.
  expect_error(ErrorKind::integrity, "too large",
               [&] { sized("\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s); });
  expect_error(ErrorKind::integrity, "middle of a file",
               [&] { sized("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"s); });
}

TEST(TarReader, Hostile73_TheExtendedSizeDecides) {
  const std::string inner = member('0', "hidden");
  // The header says nothing, the record 512: what looks like a header is content.
  const auto more = member('x', "x", record("size", "512")) + member('0', "a") + inner + member('0', "b");
  EXPECT_THAT(paths_of(more), testing::ElementsAre("a", "b"));
  const auto less =
      member('x', "x", record("size", "0")) + patched(member('0', "a"), 124, "00000001000\0"s) + inner;
  EXPECT_THAT(paths_of(less), testing::ElementsAre("a", "hidden"));
}

TEST(TarReader, Hostile79_NumbersOfOwnersAndDevices) {
  const std::string beyond = "\x80\0\0\1\0\0\0\0"s;
  const std::string negative = "\xff\xff\xff\xff\xff\xff\xff\xff"s;
  for (const std::size_t field : {108U, 116U, 329U, 337U}) {
    expect_error(ErrorKind::integrity, "too large",
                 [&] { entries_of(patched(member('3', "a"), field, beyond)); });
    expect_error(ErrorKind::integrity, "number",
                 [&] { entries_of(patched(member('3', "a"), field, negative)); });
  }
  for (const auto* key : {"uid", "gid"}) {
    expect_error(ErrorKind::integrity, "number",
                 [&] { entries_of(member('x', "x", record(key, "-1")) + member('0', "a")); });
    EXPECT_EQ(entries_of(member('x', "x", record("uid", "4294967295")) + member('0', "a")).at(0).uid,
              4294967295U);
  }
}

TEST(TarReader, Hostile84_TypesNobodyKnows) {
  for (const char type : {'8', 'A', 'D', 'M', 'S', 'X', 'z', '\xff'})
    expect_error(ErrorKind::unsupported, "unknown type", [&] { entries_of(member(type, "a", "content")); });
}

TEST(TarReader, Hostile87_NamesAndNumbersOfEntries) {
  const auto named = [](std::size_t size) {
    return member('L', "././@LongLink", std::string(size, 'n') + '\0') + member('0', "n");
  };
  EXPECT_EQ(paths_of(named(4096)).at(0).size(), 4096U);
  expect_error(ErrorKind::limit, "limit of 4096 bytes of a name", [&] { paths_of(named(4097)); });
  Limits limits;
  limits.layer_entries = 2;
  TextSource source(member('0', "a") + member('0', "b") + member('0', "c"));
  TarReader reader(source, "layer 1", {}, limits);
  expect_error(ErrorKind::limit, "limit of 2 entries", [&] {
    while (reader.next()) continue;
  });
}

TEST(TarReader, Hostile89_OtherFormatsAreNoTar) {
  using namespace std::string_view_literals;
  for (const auto start :
       {"PK\3\4"sv, "7z\xbc\xaf\x27\x1c"sv, "Rar!\x1a\7"sv, "070701"sv, "#mtree\n"sv, "!<arch>\n"sv}) {
    auto text = std::string(start);
    text.resize(2048, ' ');
    expect_error(ErrorKind::integrity, "layer 1 is not a tar", [&] { entries_of(text); });
  }
}

}  // namespace
}  // namespace whittle::layers
