#include "binaries/elf_stripping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binaries/elf.hpp"
#include "tests/support/small_program.hpp"

namespace whittle::binaries {
namespace {

using test::put_number;

struct Part {
  std::string name;
  std::uint32_t type = 1;
  std::uint64_t flags = 0;
  std::string bytes = {};
  std::uint32_t link = 0;
};

// A 64-bit program: one segment of a page, then sections that are not loaded, then their headers.
struct Program {
  static constexpr std::uint64_t loaded = 4096;
  std::uint16_t type = 2;
  std::vector<Part> parts = {{".text", 1, 2 | 4, std::string(100, 't')},
                             {".debug_info", 1, 0, std::string(5000, 'd')},
                             {".comment", 1, 0, "made by hand"},
                             {".symtab", 2, 0, std::string(2400, 's'), 5},
                             {".strtab", 3, 0, std::string(700, 'n')}};
  std::string behind = {};

  std::string bytes() const {
    std::string file(loaded, 'L');
    file.replace(0, 64,
                 std::string("\x7f"
                             "ELF\x02\x01\x01",
                             7) +
                     std::string(57, '\0'));
    std::string names(1, '\0');
    std::string table(64, '\0');
    const auto add = [&](const Part& part, std::uint64_t offset, std::uint64_t address) {
      std::string header(64, '\0');
      put_number(header, 0, names.size(), 4);
      put_number(header, 4, part.type, 4);
      put_number(header, 8, part.flags, 8);
      put_number(header, 16, address, 8);
      put_number(header, 24, offset, 8);
      put_number(header, 32, part.bytes.size(), 8);
      put_number(header, 40, part.link, 4);
      names += part.name + '\0';
      table += header;
    };
    std::uint64_t at = 512;
    for (const auto& part : parts) {
      if ((part.flags & 2U) != 0) {
        file.replace(at, part.bytes.size(), part.bytes);
        add(part, at, 0x400000 + at);
        at += part.bytes.size();
      } else {
        add(part, file.size(), 0);
        file += part.bytes;
      }
    }
    const auto names_at = file.size();
    Part last{".shstrtab", 3};
    last.bytes = names + last.name + '\0';
    add(last, names_at, 0);
    file += names;
    put_number(file, 16, type, 2);
    put_number(file, 18, 62, 2);
    put_number(file, 32, 64, 8);
    put_number(file, 40, file.size(), 8);
    put_number(file, 54, 56, 2);
    put_number(file, 56, 1, 2);
    put_number(file, 58, 64, 2);
    put_number(file, 60, parts.size() + 2, 2);
    put_number(file, 62, parts.size() + 1, 2);
    put_number(file, 64, 1, 4);
    put_number(file, 64 + 8, 0, 8);
    put_number(file, 64 + 16, 0x400000, 8);
    put_number(file, 64 + 32, loaded, 8);
    put_number(file, 64 + 40, loaded, 8);
    return file + table + behind;
  }
};

std::string written(const std::string& old, const StrippedElf& stripped) {
  std::string bytes;
  for (const auto& part : stripped.parts)
    bytes += part.bytes.empty()
                 ? old.substr(static_cast<std::size_t>(part.offset), static_cast<std::size_t>(part.size))
                 : part.bytes;
  EXPECT_EQ(bytes.size(), stripped.size);
  return bytes;
}
std::string refusal_of(const Program& program) {
  const auto stripping = strip_elf(MemoryAccess(program.bytes()));
  EXPECT_FALSE(stripping.stripped);
  return stripping.refusal;
}

TEST(ElfStripping, SymbolsAndDebugInformationGoAndWhatIsLoadedStays) {
  const auto old = Program().bytes();
  const auto stripping = strip_elf(MemoryAccess(old));
  ASSERT_TRUE(stripping.stripped) << stripping.refusal;
  EXPECT_THAT(stripping.stripped->removed, testing::ElementsAre(".debug_info", ".symtab", ".strtab"));
  const auto bytes = written(old, *stripping.stripped);
  EXPECT_EQ(bytes.substr(64, Program::loaded - 64), old.substr(64, Program::loaded - 64));
  EXPECT_EQ(bytes.substr(0, 40), old.substr(0, 40));
  const MemoryAccess access(bytes);
  const auto elf = read_elf(access);
  ASSERT_EQ(elf.sections.size(), 4U);
  EXPECT_EQ(elf.sections[1].name, ".text");
  EXPECT_EQ(elf.sections[2].name, ".comment");
  EXPECT_EQ(access.read(elf.sections[2].offset, 12), "made by hand");
  EXPECT_EQ(elf.sections[3].name, ".shstrtab");
  EXPECT_LT(bytes.size(), old.size() - 8000);
}

TEST(ElfStripping, WhatIsStrippedIsLeftAlone) {
  const auto old = Program().bytes();
  const auto once = written(old, *strip_elf(MemoryAccess(old)).stripped);
  const auto twice = strip_elf(MemoryAccess(once));
  EXPECT_FALSE(twice.stripped);
  EXPECT_EQ(twice.refusal, "");
}

TEST(ElfStripping, SectionsKeepTheirNumbersWhereSymbolsThatAreLoadedNameThem) {
  Program program;
  program.parts = {{".debug_info", 1, 0, std::string(5000, 'd')},
                   {".dynsym", 11, 2, std::string(48, 'y'), 3},
                   {".dynstr", 3, 2, "x"}};
  const auto old = program.bytes();
  const auto stripping = strip_elf(MemoryAccess(old));
  ASSERT_TRUE(stripping.stripped) << stripping.refusal;
  const auto elf = read_elf(MemoryAccess(written(old, *stripping.stripped)));
  ASSERT_EQ(elf.sections.size(), 5U);
  EXPECT_EQ(elf.sections[1].type, 0U);
  EXPECT_EQ(elf.sections[2].name, ".dynsym");
}

TEST(ElfStripping, AProgramThatMayReadItselfIsLeftAlone) {
  Program program;
  program.behind = "PK\x03\x04 an archive";
  EXPECT_THAT(refusal_of(program), testing::HasSubstr("data that belongs to no section"));
  program.behind = {};
  program.parts.push_back({"pydata", 1, 0, "an archive"});
  EXPECT_THAT(refusal_of(program), testing::HasSubstr("a section of its own, pydata"));
}

TEST(ElfStripping, WhatCanBeLinkedOrIsForDebuggersIsLeftAlone) {
  Program program;
  program.type = 1;
  EXPECT_EQ(refusal_of(program), "") << "an object file";
  program.type = 2;
  program.parts.push_back({".rela.text", 4, 0, std::string(24, 'r'), 4});
  EXPECT_THAT(refusal_of(program), testing::HasSubstr("still be linked"));
  program.parts.pop_back();
  program.parts[0].type = 8;
  EXPECT_THAT(refusal_of(program), testing::HasSubstr("debug information"));
  program.parts[0].type = 1;
  program.parts.push_back({".modinfo", 1, 2, "license=GPL"});
  EXPECT_THAT(refusal_of(program), testing::HasSubstr("kernel module"));
}

TEST(ElfStripping, SegmentsBehindTheSymbolsStayWhereTheyAre) {
  auto old = Program().bytes();
  put_number(old, 64 + 32, old.size() - 100, 8);  // as patchelf leaves them
  const auto stripping = strip_elf(MemoryAccess(old));
  EXPECT_FALSE(stripping.stripped);
  EXPECT_THAT(stripping.refusal, testing::HasSubstr("lies behind its symbols"));
}

TEST(ElfStripping, Hostile091_LiesChangeNothing) {
  const auto old = Program().bytes();
  for (std::size_t length = 0; length < old.size(); length += 7)
    strip_elf(MemoryAccess(old.substr(0, length)));
  for (std::size_t at = 0; at < 64; ++at)
    for (const char byte : {'\0', '\x01', '\x7f', '\xff'}) {
      auto lie = old;
      lie[at] = byte;
      const auto stripping = strip_elf(MemoryAccess(lie));
      if (!stripping.stripped) continue;
      EXPECT_LT(written(lie, *stripping.stripped).size(), lie.size());
    }
}

}  // namespace
}  // namespace whittle::binaries
