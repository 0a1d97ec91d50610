// Go's function table (.gopclntab), which stays in a stripped binary as well: every function with its name
// and place in memory, and the source files. Format: internal/abi/symtab.go and runtime/symtab.go, Go 1.18
// to 1.26 and later.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct GoFunction {
  std::uint64_t entry = 0;  // address
  std::uint64_t end = 0;    // where the next one begins: padding belongs to the function before it
  std::uint64_t size() const { return end - entry; }
};

// Keeps 8 bytes per function, no names. Borrows the file, which must outlive it. Thread-safe.
class GoFunctions {
 public:
  static constexpr std::size_t most_functions = 600'000;
  static constexpr std::size_t most_files = 1'000'000;
  static constexpr std::size_t longest_name = 4'096;  // what is longer is cut

  // Nothing when there is no table of a known form. Error(integrity) for one that contradicts itself,
  // Error(limit) for one of more functions.
  static std::optional<GoFunctions> read(const RandomAccess& file, const Elf& elf);

  std::size_t count() const { return names_.size(); }  // sorted by address
  GoFunction operator[](std::size_t index) const {
    return {text_ + entries_[index], text_ + entries_[index + 1]};
  }
  // The function that `address` lies in.
  std::optional<std::size_t> find(std::uint64_t address) const;

  // Reads names. One thread per instance; a name is valid until the next one is read.
  class Names {
   public:
    explicit Names(const GoFunctions& of) : of_(of), reader_(*of.file_) {}
    std::string_view operator[](std::size_t index);

   private:
    const GoFunctions& of_;
    BlockReader reader_;
  };

  // Every name in the table: of functions, and of those that were inlined wherever they are called.
  void for_each_name(const std::function<void(std::string_view)>& visit) const;

  // The names of source files in the order of the table, as far as it is sound.
  void for_each_file(const std::function<void(std::string_view)>& visit) const;

  // Where the table lies in the file, in bytes.
  std::uint64_t table_offset() const { return table_.offset; }
  std::uint64_t table_size() const { return table_.size; }
  // Where its parts begin, in this order, counted from the table. Each ends where the next begins.
  struct Layout {
    std::uint64_t names = 0;             // texts
    std::uint64_t units = 0;             // numbers of files
    std::uint64_t files = 0;             // texts
    std::uint64_t program_counters = 0;  // tables that map places in code to numbers
    std::uint64_t records = 0;           // of functions, behind their index
  };
  const Layout& layout() const { return layout_; }
  bool is_before_1_20() const { return before_1_20_; }
  // Of the function's name, counted from Layout::names.
  std::uint32_t name_offset(std::size_t index) const { return names_[index]; }

 private:
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  struct Header;
  explicit GoFunctions(const RandomAccess& file) : file_(&file) {}
  void read_functions(const Header& header, bool little_endian);
  static std::optional<Range> find_table(const RandomAccess& file, const Elf& elf);

  const RandomAccess* file_;
  Range table_;
  Layout layout_;
  bool before_1_20_ = false;
  Range names_range_;
  Range files_range_;
  std::uint64_t file_count_ = 0;
  std::uint64_t text_ = 0;              // the address that entries count from
  std::vector<std::uint32_t> entries_;  // one more than functions: the last is the end
  std::vector<std::uint32_t> names_;    // offsets in names_range_
};

}  // namespace whittle::binaries
