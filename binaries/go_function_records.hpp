// What Go's runtime keeps of each function beside its name (runtime._func, Go 1.18 to 1.26 and later).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

// Offsets of tables count from Layout::program_counters; 0 is no table.
struct GoFunctionRecord {
  static constexpr std::uint32_t no_data = std::numeric_limits<std::uint32_t>::max();
  // Where `files` and `lines` lie, counted from `offset`; since Go 1.20 `unit` and the function's first line,
  // too.
  static constexpr std::uint64_t line_fields = 20;
  static constexpr std::uint64_t unit_fields = 32;
  static constexpr std::uint64_t fields_size = 8;

  std::uint64_t offset = 0;  // in the file
  std::uint64_t size = 0;
  std::uint32_t stack = 0;                 // pcsp
  std::uint32_t files = 0;                 // pcfile
  std::uint32_t lines = 0;                 // pcln
  std::uint32_t unit = 0;                  // cuOffset: words from Layout::units to the files of its package
  std::vector<std::uint32_t> values = {};  // of the runtime, by kind (PCDATA): offsets of tables
  std::vector<std::uint32_t> data = {};    // by kind (FUNCDATA): offsets in the function data, or no_data
};

// Borrows all. One thread.
class GoFunctionRecords {
 public:
  GoFunctionRecords(const RandomAccess& file, const Elf& elf, const GoFunctions& functions);

  // Valid until the next call; nullptr for a record that is broken.
  const GoFunctionRecord* read(std::size_t function);
  // Where the index ends that lies before the records, in the file.
  std::uint64_t index_end() const;

 private:
  bool little_;
  const GoFunctions& functions_;
  std::size_t fixed_;  // bytes of a record before its lists
  std::uint64_t begin_;
  std::uint64_t end_;
  BlockReader index_;
  BlockReader records_;
  GoFunctionRecord record_ = {};
};

}  // namespace whittle::binaries
