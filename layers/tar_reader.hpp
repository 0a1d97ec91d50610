// Reads the headers of a tar that others wrote: what lies where, of which kind, mode and owner. Contents are
// skipped; where they lie is told, for those that can read by position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace whittle::layers {

struct TarEntry {
  std::string path;    // relative, without `.`, `..`, empty components or a trailing slash; "" is the root
  std::string target;  // of a link, verbatim
  char type = '0';     // '5' directory, '2' symbolic link, '1' hard link, else a file or a device
  std::uint32_t mode = 0;  // 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string written;       // the path as it stands in the archive
  std::uint64_t size = 0;    // as stated; links, directories, devices and FIFOs have no content all the same
  std::uint64_t offset = 0;  // of the content, from the start of the archive
};

// Reads ustar, pax and GNU tar, and those older than all of them. One thread per instance. Borrows `in`.
class TarReader {
 public:
  // Jumps over that many bytes of `in`; false when it ends before.
  using Jump = std::function<bool(std::uint64_t)>;
  // Without a jump contents are read and dropped, and so is what lies behind the end of the archive.
  TarReader(ByteSource& in, std::string what, Jump jump = {})
      : in_(in), what_(std::move(what)), jump_(std::move(jump)) {}

  // The next entry; nothing at the end, when all of `in` was read (its digest, then, was checked) unless it
  // can be jumped over.
  // Error(integrity) names `what` for what is no tar; Error(limit) for names and extended headers that are
  // longer than any needs.
  std::optional<TarEntry> next();

 private:
  // What extended headers say of the entry behind them.
  struct Extended {
    std::optional<std::string> path = {};
    std::optional<std::string> target = {};
    std::optional<std::uint64_t> size = {};
    std::optional<std::uint64_t> uid = {};
    std::optional<std::uint64_t> gid = {};
  };
  [[noreturn]] void broken(std::string_view why) const;
  bool read_block(MutableBytes block);
  void skip(std::uint64_t bytes);
  std::string read_text(std::uint64_t size);
  std::uint64_t number(std::string_view field) const;
  std::uint64_t decimal(std::string_view text) const;
  std::uint32_t small(std::uint64_t value) const;
  void check_sum(std::string_view block) const;
  void read_records(std::string_view records, Extended& extended) const;
  bool take_extended(char type, std::uint64_t size, Extended& extended);
  TarEntry entry_of(std::string_view block, const Extended& extended) const;

  ByteSource& in_;
  std::string what_;
  Jump jump_;
  std::uint64_t position_ = 0;  // in the archive
};

}  // namespace whittle::layers
