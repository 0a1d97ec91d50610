// A table that maps places in a function to numbers (internal/abi/symtab.go and runtime/symtab.go, pcvalue
// and step): pairs of a change of the value and a number of instructions for which it holds, up to a zero.
#pragma once

#include <cstdint>
#include <optional>

#include "binaries/block_reader.hpp"

namespace whittle::binaries {

// Borrows the reader. What runs beyond `end` is Error(integrity).
class GoCounterTable {
 public:
  // `offset` and `end` in the file; `quantum` bytes is the smallest instruction.
  GoCounterTable(BlockReader& reader, std::uint64_t offset, std::uint64_t end, std::uint64_t quantum)
      : reader_(reader), at_(offset), end_(end), quantum_(quantum) {}

  // The next value; false at the end of the table.
  bool next();
  std::int32_t value() const { return value_; }
  std::uint64_t until() const { return until_; }  // bytes of code from the function's entry, not included
  std::uint64_t offset() const { return at_; }    // behind what was read

 private:
  std::uint8_t byte();
  std::uint32_t number();

  BlockReader& reader_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t quantum_;
  std::int32_t value_ = -1;
  std::uint64_t until_ = 0;
  bool is_first_ = true;
};

}  // namespace whittle::binaries
