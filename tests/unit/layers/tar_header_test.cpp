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
