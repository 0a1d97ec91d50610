// Takes the contents of an image's files as they stream by, and remembers what each may ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "comparison/scratch.hpp"
#include "closure/file_facts.hpp"

namespace whittle::closure {

// For each regular file, in the order of the layers: begin(), its bytes in pieces, end(). A later file of the
// same path takes the place of an earlier one. One file at a time is kept whole while it comes, and only if
// it is of use: 8 MiB of it in memory, the rest in a file without a name in `scratch`. One thread.
class FactReader {
 public:
  static constexpr std::size_t most_bytes = 96U << 20U;  // of all facts
  static constexpr std::uint64_t largest_program = 4ULL << 30U;
  static constexpr std::size_t largest_script = 256U << 10U;
  static constexpr std::size_t largest_configuration = 256U << 10U;
  static constexpr std::size_t largest_database = 16U << 20U;

  explicit FactReader(const std::filesystem::path& scratch) : kept_(scratch, 8U << 20U) {}

  // `path` as it stands in the archive, without a leading slash.
  void begin(std::string_view path, std::uint64_t size, std::uint32_t mode);
  void write(Bytes piece);
  // Error(limit) when there are more facts than most_bytes.
  void end();

  const FactTable& facts() const { return table_; }

 private:
  enum class Use { undecided, none, elf, script, text, database };
  void decide(bool at_end);
  void keep(Bytes piece);
  std::string text(std::size_t most) const;
  void read_elf();
  void read_script();
  void read_text();
  void read_database();
  void remember(FileFacts facts);

  comparison::Scratch kept_;  // of the file that is being read
  FactTable table_;
  std::string path_;
  std::uint64_t limit_ = 0;
  std::uint64_t size_ = 0;  // of the file so far
  Use use_ = Use::none;
  std::string beginning_;
  std::size_t bytes_ = 0;  // of all facts
};

}  // namespace whittle::closure
