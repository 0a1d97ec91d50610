// Where in the source a place in a Go program's code comes from, as the program's own traces say it
// (runtime/symtab.go and symtabinl.go, Go 1.18 to 1.27).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_function_records.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct GoFrame {
  std::string function;  // as the table names it
  std::string file;      // "?" when it is not known
  std::int32_t line = 0;
};

// A name as traces print it: without types in brackets, and gopanic as it is written in source.
std::string printed_function_name(std::string_view name);

// Borrows all. One thread. What contradicts itself is Error(integrity).
class GoPositions {
 public:
  GoPositions(const RandomAccess& file, const Elf& elf, const GoFunctions& functions);

  // Of the instruction at that many bytes from a function's entry: what was inlined there, the innermost
  // first, and the function itself at the end. At most 1,000.
  std::vector<GoFrame> at(std::size_t function, std::uint64_t offset);

 private:
  std::int32_t value(std::uint32_t table, std::uint64_t offset);
  std::string file_name(std::uint32_t unit, std::int32_t number);
  std::string text(std::uint64_t begin, std::uint64_t end, std::uint64_t offset);
  void place(const GoFunctionRecord& record, std::uint64_t offset, GoFrame& frame);
  struct Inlined {
    std::string function;
    std::uint64_t caller = 0;  // an offset in the function where the call is
  };
  std::optional<Inlined> inlined_at(const GoFunctionRecord& record, std::uint64_t offset);

  const Elf& elf_;
  const GoFunctions& functions_;
  std::optional<std::uint64_t> data_;  // the address of function data
  std::uint64_t quantum_;
  GoFunctionRecords records_;
  GoFunctions::Names names_;
  BlockReader reader_;
};

}  // namespace whittle::binaries
