// Which bytes of a Go program are line tables, and what they say of its functions.
#include "binaries/call_sites.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/go_line_tables.hpp"
#include "binaries/go_positions.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace whittle::binaries;

void look_at_stretches(const RandomAccess& file, const GoLineTables& tables) {
  std::uint64_t end = 0;
  tables.for_each_stretch([&](const FileStretch& stretch) {
    whittle::fuzz::require(stretch.size > 0, "a stretch has bytes");
    whittle::fuzz::require(end == 0 || stretch.offset > end, "stretches are sorted and do not touch");
    end = stretch.offset + stretch.size;
    whittle::fuzz::require(end <= file.size(), "a stretch lies in the file");
  });
}

}  // namespace

void whittle::fuzz::line_tables_input(std::string_view input) {
  const MemoryAccess file{std::string(input)};
  const auto elf = parsed([&] { return read_elf(file); });
  if (!elf) return;
  for (const auto* version : {"go1.18", "go1.26.8"})
    if (const auto tables = parsed([&] { return GoLineTables::find(file, *elf, version); }))
      look_at_stretches(file, *tables);
  const auto functions = parsed([&] { return GoFunctions::read(file, *elf); });
  if (!functions || !*functions) return;
  GoPositions positions(file, *elf, **functions);
  for (std::size_t i = 0; i < (*functions)->count() && i < 100; ++i) {
    const auto frames = parsed([&] { return positions.at(i, 1); });
    require(!frames || (!frames->empty() && frames->size() <= 1'001), "frames are bounded, and there is one");
    static_cast<void>(follows_call(file, *elf, (**functions)[i].entry + 5));
  }
}
