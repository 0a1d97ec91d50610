// Which function each byte of Go's function table is there for.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/go_module_data.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

// A stretch of the file.
struct GoTableShare {
  enum class Part : std::uint8_t {
    header,
    name,              // of a function, or of one that was inlined everywhere
    units,             // which files a package's source is
    files,             // names of source files
    program_counters,  // from places in code to stack sizes, files, lines, values of the runtime
    index,
    record,
    function_data,  // which words of its frame are pointers, what was inlined
    rest,           // referred to by nothing that was understood
  };
  static constexpr std::uint32_t no_function = std::numeric_limits<std::uint32_t>::max();

  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  Part part = Part::rest;
  std::uint32_t function = no_function;  // whose alone it is; several share what has none
  std::string_view name = {};            // of a name that belongs to no function; valid during the call
};
std::string_view name_of(GoTableShare::Part part);

using OnGoTableShare = std::function<void(const GoTableShare&)>;

// Every byte of the table once, in order. What contradicts itself becomes `rest`: never fails for it. Since Go
// 1.26 function data lies in the table; before, for_each_function_data() tells of it. Keeps at most 32 MiB.
void for_each_table_share(const RandomAccess& file, const Elf& elf, const GoFunctions& functions,
                          const std::optional<GoModuleData>& module, const OnGoTableShare& visit);

// The function data that lies outside of the table, in order, with nothing said of what lies between.
void for_each_function_data(const RandomAccess& file, const Elf& elf, const GoFunctions& functions,
                            const GoModuleData& module, const OnGoTableShare& visit);

}  // namespace whittle::binaries
