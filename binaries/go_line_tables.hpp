// What of a linked Go program says only which file and line its code comes from. With these bytes zero, and
// compressed to nothing, it runs as before, and traces show `?:0` in place of a file and line.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

// In bytes of the file.
struct FileStretch {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Keeps 8 bytes per function and two bits per byte of the tables, which have at most 128 MiB.
class GoLineTables {
 public:
  // Reads all of the function table. `go_version` ("go1.26.8") is that of the build information, since the
  // form of the table has no other name: Error(unsupported) for one before 1.18 or after 1.27, or when there
  // is no such table; Error(integrity) for a table that contradicts itself, Error(limit) for a larger one.
  static GoLineTables find(const RandomAccess& file, const Elf& elf, std::string_view go_version);

  // What can be zero: sorted, no two touch. A stretch may hold zeros already.
  void for_each_stretch(const std::function<void(const FileStretch&)>& visit) const;

 private:
  GoLineTables() = default;
  void add_names(const GoFunctions& functions);
  void add_tables(const RandomAccess& file, const Elf& elf, const GoFunctions& functions);

  FileStretch names_ = {};  // of files, and which package has which
  FileStretch tables_ = {};
  std::vector<bool> only_lines_ = {};        // of each byte of tables_
  std::vector<std::uint64_t> records_ = {};  // of functions, which refer to them; sorted
};

}  // namespace whittle::binaries
