#include "binaries/elf_extents.hpp"

#include <gmock/gmock.h>

namespace whittle::binaries {
namespace {

using Kind = ElfExtent::Kind;

// "KIND OFFSET SIZE" of each, which must cover the file once.
std::vector<std::string> extents(const Elf& elf, std::uint64_t size) {
  static constexpr const char* names[] = {"headers", "section", "segment", "padding", "unattributed"};
  std::vector<std::string> lines;
  std::uint64_t covered = 0;
  for (const auto& extent : elf_extents(elf, size)) {
    EXPECT_EQ(extent.offset, covered);
    covered += extent.size;
    lines.push_back(std::string(names[static_cast<int>(extent.kind)]) + ' ' + std::to_string(extent.offset) +
                    ' ' + std::to_string(extent.size));
  }
  EXPECT_EQ(covered, size);
  return lines;
}

Elf with_sections(const std::vector<ElfTable>& places) {
  Elf elf;
  for (const auto& [offset, size] : places) {
    ElfSection section;
    section.type = 1;
    section.offset = offset;
    section.size = size;
    elf.sections.push_back(section);
  }
  return elf;
}

TEST(ElfExtents, CoverHeadersSectionsAndWhatLiesBetween) {
  auto elf = with_sections({{200, 100}, {512, 88}});
  elf.segment_table = {64, 112};
  elf.section_table = {600, 192};
  EXPECT_THAT(extents(elf, 800),
              testing::ElementsAre("headers 0 64", "headers 64 112", "padding 176 24", "section 200 100",
                                   "padding 300 212", "section 512 88", "headers 600 192", "padding 792 8"));
}

TEST(ElfExtents, Hostile91_OverlapsAndWhatLiesOutsideCountOnce) {
  EXPECT_THAT(extents(with_sections({{100, 200}, {150, 50}, {250, 100}, {1'000, 5}, {340, ~0ULL}}), 400),
              testing::ElementsAre("headers 0 64", "padding 64 36", "section 100 200", "section 300 50",
                                   "section 350 50"));
  EXPECT_THAT(extents(with_sections({{~0ULL, 2}}), 70), testing::ElementsAre("headers 0 64", "padding 64 6"));
  EXPECT_THAT(extents({}, 10), testing::ElementsAre("headers 0 10"));
  EXPECT_THAT(extents({}, 0), testing::IsEmpty());
}

TEST(ElfExtents, LargeGapsAreUnattributed) {
  EXPECT_THAT(extents(with_sections({{64, 10}}), 200'000),
              testing::ElementsAre("headers 0 64", "section 64 10", "unattributed 74 199926"));
}

TEST(ElfExtents, WithoutSectionsSegmentsCount) {
  Elf elf;
  elf.segments.push_back({1, 5, 0, 0x400000, 300, 300});
  elf.segments.push_back({2, 5, 100, 0x400064, 50, 50});
  EXPECT_THAT(extents(elf, 300), testing::ElementsAre("headers 0 64", "segment 64 236"));
}

}  // namespace
}  // namespace whittle::binaries
