#include "comparison/scratch.hpp"

#include <gmock/gmock.h>

#include <array>

#include "common/file.hpp"

namespace whittle::comparison {
namespace {

std::string all_of(const Scratch& scratch) {
  std::string text(static_cast<std::size_t>(scratch.size()), '\0');
  const auto count = scratch.read_at(0, MutableBytes(reinterpret_cast<std::byte*>(text.data()), text.size()));
  return text.substr(0, count);
}

// Wherever memory ends and the file begins, it reads the same.
TEST(ScratchTest, MemoryAndFileAreOneContent) {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  for (const std::size_t in_memory : {0U, 1U, 4U, 5U, 6U, 11U, 12U, 100U}) {
    Scratch scratch(folder.path() / "kept", in_memory);
    for (const std::string_view text : {"abcd", "e", "", "fghijk"}) scratch.append(as_bytes(text));
    EXPECT_EQ(all_of(scratch), "abcdefghijk") << in_memory;
    for (std::size_t from = 0; from <= 12; ++from) {
      std::array<std::byte, 3> part{};
      const auto count = scratch.read_at(from, part);
      EXPECT_EQ(as_text(Bytes(part).first(count)),
                std::string_view("abcdefghijk").substr(std::min<std::size_t>(from, 11), 3))
          << in_memory << " " << from;
    }
    scratch.cut(3);
    EXPECT_EQ(all_of(scratch), "abc") << in_memory;
    scratch.append(as_bytes(std::string_view("XYZ")));
    EXPECT_EQ(all_of(scratch), "abcXYZ") << in_memory;
  }
}

TEST(ScratchTest, WhatHasRoomInMemoryNeedsNoFolder) {
  Scratch scratch("/nowhere/at/all", 4);
  scratch.append(as_bytes(std::string_view("abcd")));
  EXPECT_EQ(all_of(scratch), "abcd");
}

}  // namespace
}  // namespace whittle::comparison
