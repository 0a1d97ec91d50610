#include "binaries/build_info.hpp"

#include <gtest/gtest.h>

#include "common/error.hpp"

namespace whittle::binaries {
namespace {

constexpr std::string_view text =
    "path\texample.com/shop/cmd/api\n"
    "mod\texample.com/shop\t(devel)\t\n"
    "dep\texample.com/a\tv1.2.3\th1:aaaa=\n"
    "dep\texample.com/b\tv0.1.0\n"
    "=>\texample.com/fork\tv0.2.0\th1:bbbb=\n"
    "build\t-ldflags=\"-X main.a=\\\"quoted\\\"\"\n"
    "build\tCGO_ENABLED=0\n";

// A file that holds a record at `offset`, found by its section.
std::pair<MemoryAccess, Elf> file_with(std::string record, std::size_t offset) {
  std::string bytes(offset, 'x');
  bytes += record;
  Elf elf;
  elf.sections.push_back({".go.buildinfo", 1, 0, offset, record.size()});
  return {MemoryAccess(std::move(bytes)), std::move(elf)};
}

std::string record_of(std::string_view version, std::string_view modules) {
  std::string record("\xff Go buildinf:\x08\x02", 16);
  record.resize(32);
  for (const auto part : {version, modules}) {
    std::size_t length = part.size();
    for (; length >= 0x80; length >>= 7U) record += static_cast<char>((length & 0x7fU) | 0x80U);
    record += static_cast<char>(length);
    record += part;
  }
  return record;
}

TEST(BuildInfo, ReadsModulesReplacementsAndSettings) {
  const std::string marked = std::string(16, '<') + std::string(text) + std::string(16, '>');
  const auto [file, elf] = file_with(record_of("go1.26.8", marked), 4096);
  const auto info = read_build_info(file, elf);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->go_version, "go1.26.8");
  EXPECT_EQ(info->path, "example.com/shop/cmd/api");
  EXPECT_EQ(info->main_module->version, "(devel)");
  ASSERT_EQ(info->dependencies.size(), 2U);
  EXPECT_EQ(info->dependencies[0].effective().sum, "h1:aaaa=");
  EXPECT_EQ(info->dependencies[1].effective().path, "example.com/fork");
  EXPECT_EQ(info->settings.at("CGO_ENABLED"), "0");
  EXPECT_EQ(info->settings.at("-ldflags"), "-X main.a=\"quoted\"");
}

TEST(BuildInfo, Hostile249_AModuleWithoutPathIsRefused) {
  for (const auto* broken : {"dep\n", "dep\t\tv1.2.3\th1:aaaa=\n", "mod\n", "=>\texample.com/fork\tv0.2.0\n"})
    EXPECT_THROW(parse_module_info(broken), Error) << broken;
}

TEST(BuildInfo, AbsentRecordIsNothing) {
  const auto [file, elf] = file_with(std::string(4096, '\0'), 0);
  EXPECT_FALSE(read_build_info(file, elf));
}

TEST(BuildInfo, Hostile091_LengthsThatLieAreRefused) {
  std::string record("\xff Go buildinf:\x08\x02", 16);
  record.resize(32);
  const auto [huge, huge_elf] = file_with(record + std::string("\xff\xff\xff\xff\x7f", 5), 0);
  EXPECT_THROW(read_build_info(huge, huge_elf), Error);
  const auto [endless, endless_elf] = file_with(record + std::string(20, '\xff'), 0);
  EXPECT_THROW(read_build_info(endless, endless_elf), Error);
  const auto [cut, cut_elf] = file_with(record + "\x20" "go1", 0);
  EXPECT_THROW(read_build_info(cut, cut_elf), Error);
}

}  // namespace
}  // namespace whittle::binaries
