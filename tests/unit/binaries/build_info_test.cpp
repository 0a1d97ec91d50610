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
std::pair<MemoryAccess, Elf> file_with_record(std::string record, std::size_t offset) {
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
  const auto [file, elf] = file_with_record(record_of("go1.26.8", marked), 4096);
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

// Addresses of strings, each an address and a length, in a file that is loaded at 0x1000.
std::pair<MemoryAccess, Elf> old_file(std::string_view version, std::string_view modules,
                                      std::uint64_t shift = 0) {
  std::string bytes("\xff Go buildinf:\x08\x00", 16);
  const auto put = [&bytes](std::uint64_t number) {
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(number >> (8U * static_cast<unsigned>(i)) & 0xffU);
  };
  for (const auto number :
       {0x1020UL, 0x1030UL, 0x1040UL, version.size(), 0x1040 + version.size(), modules.size()})
    put(number + shift);
  bytes += version;
  bytes += modules;
  Elf elf;
  elf.sections.push_back({".go.buildinfo", 1, 0, 0, 32});
  elf.segments.push_back({1, 4, 0, 0x1000, bytes.size(), bytes.size()});
  return {MemoryAccess(std::move(bytes)), std::move(elf)};
}

TEST(BuildInfo, IsReadOfProgramsBeforeGo1_18) {
  const std::string marked =
      std::string(16, '<') + "path\texample.com/m\nmod\texample.com/m\tv1.0.0\t\n" + std::string(16, '>');
  const auto [file, elf] = old_file("go1.16.15", marked);
  const auto info = read_build_info(file, elf);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->go_version, "go1.16.15");
  EXPECT_EQ(info->main_module->version, "v1.0.0");
}

TEST(BuildInfo, Hostile91_AddressesThatLeadNowhereAreNothingOrAnError) {
  for (std::uint64_t shift = 1; shift < 4096; shift = shift * 2 + 1) {
    const auto [file, elf] = old_file("go1.16.15", "text", shift);
    try {
      read_build_info(file, elf);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::integrity);
    }
  }
}

TEST(BuildInfo, Hostile249_AModuleWithoutPathIsRefused) {
  for (const auto* broken : {"dep\n", "dep\t\tv1.2.3\th1:aaaa=\n", "mod\n", "=>\texample.com/fork\tv0.2.0\n"})
    EXPECT_THROW(parse_module_info(broken), Error) << broken;
}

TEST(BuildInfo, AbsentRecordIsNothing) {
  const auto [file, elf] = file_with_record(std::string(4096, '\0'), 0);
  EXPECT_FALSE(read_build_info(file, elf));
}

TEST(BuildInfo, Hostile091_LengthsThatLieAreRefused) {
  std::string record("\xff Go buildinf:\x08\x02", 16);
  record.resize(32);
  const auto [huge, huge_elf] = file_with_record(record + std::string("\xff\xff\xff\xff\x7f", 5), 0);
  EXPECT_THROW(read_build_info(huge, huge_elf), Error);
  const auto [endless, endless_elf] = file_with_record(record + std::string(20, '\xff'), 0);
  EXPECT_THROW(read_build_info(endless, endless_elf), Error);
  const auto [cut, cut_elf] = file_with_record(record +
                                                   "\x20"
                                                   "go1",
                                               0);
  EXPECT_THROW(read_build_info(cut, cut_elf), Error);
}

}  // namespace
}  // namespace whittle::binaries
