#include "binaries/elf_notes.hpp"

#include <gtest/gtest.h>

namespace whittle::binaries {
namespace {

std::string number(std::uint32_t value) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xffU);
  return bytes;
}

// A note whose sizes may lie.
std::string note(std::uint32_t owner_size, std::uint32_t size, std::uint32_t type, std::string owner,
                 std::string text) {
  owner.resize((owner.size() + 3) & ~std::size_t{3});
  text.resize((text.size() + 3) & ~std::size_t{3});
  return number(owner_size) + number(size) + number(type) + owner + text;
}

std::pair<MemoryAccess, Elf> file_with_notes(const std::string& notes) {
  Elf elf;
  elf.sections.push_back({".note", 7, 0, 0, notes.size()});
  return {MemoryAccess(notes), std::move(elf)};
}

TEST(ElfNotes, AreReadWithTheirPadding) {
  const auto [file, elf] = file_with_notes(note(3, 5, 4, std::string("Go\0", 3), "a/b/c") +
                                           note(4, 2, 3, std::string("GNU\0", 4), "\x0a\xff"));
  const auto ids = build_ids(file, elf);
  EXPECT_EQ(ids.go, "a/b/c");
  EXPECT_EQ(ids.gnu, "0aff");
  EXPECT_EQ(read_notes(file, elf).size(), 2U);
}

TEST(ElfNotes, Hostile091_SizesThatLieEndTheList) {
  const auto good = note(4, 2, 3, std::string("GNU\0", 4), "ab");
  for (const auto& bad : {note(0xffffffff, 0, 1, "", ""), note(4, 0xffffffff, 1, "abc", ""),
                          note(300, 0, 1, std::string(300, 'x'), ""), number(4), std::string(11, '\0')}) {
    const auto [file, elf] = file_with_notes(good + bad);
    EXPECT_EQ(read_notes(file, elf).size(), 1U);
  }
  std::string many;
  for (int i = 0; i < 2000; ++i) many += note(0, 0, 1, "", "");
  const auto [file, elf] = file_with_notes(many);
  EXPECT_EQ(read_notes(file, elf).size(), 1000U);
}

}  // namespace
}  // namespace whittle::binaries
