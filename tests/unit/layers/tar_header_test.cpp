#include "layers/tar_header.hpp"

#include "tests/support/tar_walker.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::TarListing;

TarListing walked(const std::string& tar) {
  TextSource source(tar);
  return test::walk_tar(source);
}

// The header alone, without content and without what walk_tar says about parents.
test::TarEntry entry_of(TarHeader header) {
  header.size = 0;
  const TarListing listing = walked(tar_header(header) + std::string(tar_end()));
  EXPECT_EQ(listing.entries.size(), 1U);
  return listing.entries.empty() ? test::TarEntry() : listing.entries[0];
}

TEST(TarHeader, TimesToTheNanosecondBeforeAndAfter1970) {
  const auto time_of = [](std::int64_t seconds, std::uint32_t nanoseconds) {
    TarHeader header;
    header.path = "x";
    header.mtime = seconds;
    header.mtime_nanoseconds = nanoseconds;
    const auto records = entry_of(header).records;
    return records.contains("mtime") ? records.at("mtime") : std::string();
  };
  EXPECT_EQ(time_of(7, 0), "");
  EXPECT_EQ(time_of(7, 250'000'000), "7.25");
  EXPECT_EQ(time_of(7, 1), "7.000000001");
  EXPECT_EQ(time_of(-3, 250'000'000), "-2.75");
  EXPECT_EQ(time_of(-1, 999'999'999), "-0.000000001");
}

TEST(TarHeader, DevicesAndRecordsOfOthers) {
  const std::map<std::string, std::string, std::less<>> records = {
      {"SCHILY.xattr.user.a", std::string("\0=\n", 3)}};
  TarHeader header;
  header.path = "null";
  header.type = '3';
  header.device_major = 1;
  header.device_minor = 3;
  header.records = &records;
  const auto bytes = tar_header(header);
  EXPECT_EQ(entry_of(header).records.at("SCHILY.xattr.user.a"), records.begin()->second);
  EXPECT_EQ(bytes.substr(bytes.size() - tar_block + 329, 15), std::string("0000001\0"
                                                                          "0000003",
                                                                          15));
}

TEST(TarHeader, Hostile77_NamesOfEveryLength) {
  for (std::size_t length :
       {1U, 99U, 100U, 101U, 102U, 154U, 155U, 156U, 157U, 254U, 255U, 256U, 257U, 258U, 4096U}) {
    for (const std::size_t slash :
         {std::size_t(0), std::size_t(1), length / 2, length - 2, std::size_t(155), std::size_t(156)}) {
      for (const bool directory : {false, true}) {
        std::string path(length, 'n');
        if (slash > 0 && slash < length - 1) path[slash] = '/';
        if (directory) path += '/';
        TarHeader header;
        header.path = path;
        header.type = directory ? '5' : '0';
        const auto entry = entry_of(header);
        EXPECT_EQ(entry.path, path);
        EXPECT_EQ(entry.records.count("path") == 0, tar_header(header).size() == tar_block);
        EXPECT_TRUE(path.size() > 100 || entry.records.empty());
      }
    }
  }
}

TEST(TarHeader, RecordsOnlyWhereAFieldNeedsThem) {
  TarHeader header;
  header.path = "a";
  header.uid = 07777777;
  header.gid = 07777777;
  header.mtime = 077777777777;
  EXPECT_EQ(tar_header(header).size(), tar_block);
  EXPECT_EQ(entry_of(header).uid, 07777777U);
  header.uid = 4294967294U;
  header.gid = 010000000;
  header.mtime = 0100000000000;
  const auto entry = entry_of(header);
  EXPECT_EQ(entry.uid, 4294967294U);
  EXPECT_EQ(entry.gid, 010000000U);
  EXPECT_EQ(entry.mtime, 0100000000000);
  EXPECT_EQ(entry.records.size(), 3U);
  header.mtime = -1;
  EXPECT_EQ(entry_of(header).mtime, -1);
}

TEST(TarHeader, LongTargets) {
  const std::string target(101, 't');
  TarHeader header;
  header.path = "a";
  header.type = '2';
  header.mode = 0777;
  header.target = target;
  EXPECT_EQ(entry_of(header).target, target);
  header.target = std::string_view(target).substr(1);
  EXPECT_TRUE(entry_of(header).records.empty());
}

TEST(TarHeader, Hostile204_FilesBeyond8GiB) {
  TarHeader header;
  header.path = "big";
  header.size = 077777777777;
  EXPECT_EQ(tar_header(header).size(), tar_block);
  header.size = 077777777777 + 1ULL;
  const std::string blocks = tar_header(header);
  EXPECT_EQ(blocks.size(), 3 * tar_block);
  EXPECT_EQ(blocks.substr(tar_block, 20), std::string("19 size=8589934592\n\0", 20));
}

TEST(TarHeader, Hostile85_NamesAreBytes) {
  for (const std::string name : {"caf\xc3\xa9", "windows-\x80\x99", "e\xcc\x81", "line\nbreak"}) {
    TarHeader header;
    header.path = name;
    EXPECT_EQ(entry_of(header).path, name);
    EXPECT_EQ(tar_header(header).size(), tar_block);
    const std::string path = std::string(101, 'x') + name;
    header.path = path;
    const auto entry = entry_of(header);
    EXPECT_EQ(entry.path, path);
    EXPECT_EQ(entry.records.count("hdrcharset") == 1, name[0] == 'w');
  }
}

}  // namespace
}  // namespace whittle::layers
