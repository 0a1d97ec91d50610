#include "comparison/archive_members.hpp"

#include <fmt/format.h>

#include "tests/support/failure.hpp"
#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using namespace std::string_literals;

std::string little(std::uint64_t value, std::size_t count) {
  std::string bytes;
  for (; bytes.size() < count; value >>= 8U) bytes += static_cast<char>(value & 0xffU);
  return bytes;
}

// A zip with one empty member (APPNOTE.TXT, 4.3).
std::string zip_of(const std::string& name, std::uint64_t date, std::uint64_t time) {
  const auto local = "PK\3\4"s + std::string(22, '\0') + little(name.size(), 2) + little(0, 2) + name;
  const auto directory = "PK\1\2"s + std::string(8, '\0') + little(time, 2) + little(date, 2) +
                         std::string(12, '\0') + little(name.size(), 2) + std::string(16, '\0') + name;
  return local + directory + "PK\5\6"s + std::string(6, '\0') + little(1, 2) + little(directory.size(), 4) +
         little(local.size(), 4) + little(0, 2);
}

std::int64_t time_in_zip(std::uint64_t date, std::uint64_t time) {
  return archive_members(binaries::MemoryAccess(zip_of("a", date, time)), ContentKind::zip, 1)
      .at(0)
      .entry.mtime;
}

TEST(ArchiveMembers, TimesOfZipsAreReadAsUtc) {
  EXPECT_EQ(time_in_zip(0 << 9 | 1 << 5 | 1, 0), 315'532'800);                         // 1980-01-01
  EXPECT_EQ(time_in_zip(20 << 9 | 2 << 5 | 29, 12 << 11 | 30 << 5 | 7), 951'827'414);  // 2000-02-29T12:30:14
  EXPECT_EQ(time_in_zip(127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29),
            4'354'819'198);                   // 2107-12-31T23:59:58
  EXPECT_EQ(time_in_zip(0, 0), 315'446'400);  // what writers without a clock leave: the day before the first
}

TEST(ArchiveMembers, HeadersThatFillMemoryAreALimit) {
  std::string tar;
  const std::string value(1'000'000, 'x');
  const auto record = fmt::format("1000023 VENDOR.record={}\n", value);
  ASSERT_EQ(record.size(), 1'000'023U);
  for (int i = 0; i < 70; ++i)
    tar += test::tar_of({{"x", record, 0644, 0, 0, 'x'}, {fmt::format("f{}", i)}})
               .substr(0, 512 + 1'000'448 + 512);
  const binaries::MemoryAccess archive(tar);
  EXPECT_THAT(test::failure([&] { archive_members(archive, ContentKind::tar, 100'000); }),
              testing::StartsWith("limit: the members of the archive take more than 64 MiB"));
  EXPECT_THAT(test::failure([&] { archive_members(archive, ContentKind::tar, 10); }),
              testing::StartsWith("limit: the archive has more than 10 members"));
}

}  // namespace
}  // namespace whittle::comparison
