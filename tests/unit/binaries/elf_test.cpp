#include "binaries/elf.hpp"

#include <gtest/gtest.h>

#include "common/error.hpp"

namespace whittle::binaries {
namespace {

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  if (bytes.size() < at + width) bytes.resize(at + width);
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

// A 64-bit little-endian executable with the given program headers of 56 bytes each.
std::string elf_with(const std::vector<ElfSegment>& segments) {
  std::string bytes(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  bytes.resize(64 + 56 * segments.size());
  put(bytes, 16, 2, 2);
  put(bytes, 18, 62, 2);
  put(bytes, 32, 64, 8);
  put(bytes, 54, 56, 2);
  put(bytes, 56, segments.size(), 2);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::size_t at = 64 + 56 * i;
    put(bytes, at, segments[i].type, 4);
    put(bytes, at + 4, segments[i].flags, 4);
    put(bytes, at + 8, segments[i].offset, 8);
    put(bytes, at + 16, segments[i].address, 8);
    put(bytes, at + 32, segments[i].file_size, 8);
    put(bytes, at + 40, segments[i].memory_size, 8);
  }
  return bytes;
}

TEST(Elf, ReadsHeadersAndFindsWritableCode) {
  const MemoryAccess clean(elf_with({{1, 5, 0, 0x400000, 64, 64}, {1, 6, 0, 0x500000, 64, 64}}));
  const Elf elf = read_elf(clean);
  EXPECT_EQ(elf.machine, 62);
  ASSERT_EQ(elf.segments.size(), 2U);
  EXPECT_FALSE(elf.has_writable_code());
  EXPECT_TRUE(read_elf(MemoryAccess(elf_with({{1, 7, 0, 0x400000, 64, 64}}))).has_writable_code());
}

TEST(Elf, NamesInterpreterAndNeededLibraries) {
  std::string bytes =
      elf_with({{3, 4, 300, 0, 20, 20}, {1, 4, 0, 0x400000, 1000, 1000}, {2, 6, 400, 0x400190, 48, 48}});
  bytes.resize(1000);
  bytes.replace(300, 8, std::string("/lib/ld\0", 8));
  put(bytes, 400, 1, 8), put(bytes, 408, 1, 8);               // DT_NEEDED at offset 1 of the strings
  put(bytes, 416, 5, 8), put(bytes, 424, 0x400000 + 600, 8);  // DT_STRTAB
  bytes.replace(601, 10, std::string("libc.so.6\0", 10));
  const MemoryAccess file(bytes);
  const Elf elf = read_elf(file);
  EXPECT_EQ(interpreter_of(file, elf), "/lib/ld");
  EXPECT_EQ(needed_libraries(file, elf), std::vector<std::string>{"libc.so.6"});
}

// Cut anywhere, an ELF file is refused or read; it never crashes and never reads outside.
TEST(Elf, Hostile091_CutAnywhere) {
  const std::string whole = elf_with({{2, 6, 64, 0, 1ULL << 60U, 0}, {1, 5, 1ULL << 62U, 0, ~0ULL, ~0ULL}});
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const MemoryAccess file(whole.substr(0, length));
    try {
      const Elf elf = read_elf(file);
      needed_libraries(file, elf);
      interpreter_of(file, elf);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::integrity) << error.message();
    }
  }
}

TEST(Elf, Hostile091_TablesThatLieOutsideAreRefused) {
  std::string bytes = elf_with({});
  put(bytes, 56, 65535, 2);
  EXPECT_THROW(read_elf(MemoryAccess(bytes)), Error);
  put(bytes, 54, 1, 2);
  EXPECT_THROW(read_elf(MemoryAccess(bytes)), Error);
}

TEST(Elf, Hostile051_AFileThatWasCutIsNoWholeOne) {
  const std::string whole = elf_with({{1, 5, 0, 0x400000, 1000, 1000}}) + std::string(1000, 'x');
  EXPECT_EQ(read_elf(MemoryAccess(whole)).segments.size(), 1U);
  EXPECT_EQ(read_elf(MemoryAccess(whole.substr(0, 1000))).segments.size(), 1U);
  EXPECT_THROW(read_elf(MemoryAccess(whole.substr(0, 999))), Error);
}

TEST(Elf, KnowsMachinesOfGoArchitectures) {
  EXPECT_EQ(machine_of("arm64"), 183);
  EXPECT_EQ(machine_of("toaster"), std::nullopt);
}

}  // namespace
}  // namespace whittle::binaries
