// Reads what each file of an image may ask for, and remembers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "binaries/random_access.hpp"
#include "closure/file_facts.hpp"

namespace whittle::closure {

// Of most files the first bytes say that there is nothing to know; of the others no more is read than is of
// use. One thread.
class FactReader {
 public:
  static constexpr std::size_t most_bytes = 96U << 20U;  // of all facts
  static constexpr std::uint64_t largest_program = 4ULL << 30U;
  static constexpr std::size_t largest_script = 256U << 10U;
  static constexpr std::size_t largest_configuration = 256U << 10U;
  static constexpr std::size_t largest_database = 16U << 20U;

  // A regular file that is in the image in the end, not one that a later layer hides; `path` is one of its
  // names. Error(limit) when there are more facts than most_bytes.
  void read(const layers::MergedEntry::Origin& file, std::string_view path,
            const binaries::RandomAccess& content);

  const FactTable& facts() const { return table_; }
  FactTable take_facts() { return std::move(table_); }

 private:
  static FileFacts elf_facts(const binaries::RandomAccess& content);
  static FileFacts script_facts(const binaries::RandomAccess& content);
  static FileFacts text_facts(std::string_view path, const binaries::RandomAccess& content);
  void read_database(std::string_view path, const binaries::RandomAccess& content);
  void remember(const layers::MergedEntry::Origin& file, FileFacts facts);

  FactTable table_;
  std::size_t bytes_ = 0;  // of all facts
};

}  // namespace whittle::closure
