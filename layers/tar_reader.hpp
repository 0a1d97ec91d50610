// Reads a tar that others wrote, in a stream: every field of every header as it stands there, and the
// contents that are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/limits.hpp"
#include "layers/sparse_map.hpp"

namespace whittle::layers {

enum class TarFormat { v7, ustar, pax, gnu };
std::string_view name_of(TarFormat format);

struct TarEntry {
  std::string path;    // relative, without `.`, empty components or a trailing slash; "" is the root
  std::string target;  // of a link, verbatim
  char type =
      '0';  // '5' directory, '2' symbolic link, '1' hard link, '3' and '4' devices, '6' FIFO, else a file
  std::uint32_t mode = 0;  // 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string written;       // the path as it stands in the archive
  std::uint64_t size = 0;    // as stated; links, directories, devices and FIFOs have no content all the same
  std::uint64_t offset = 0;  // of the content, from the start of the archive
  bool sparse = false;       // what lies there lacks the holes, which read() fills and `size` counts
  std::int64_t mtime = 0;    // seconds since 1970-01-01T00:00:00Z, rounded down
  std::uint32_t mtime_nanoseconds = 0;
  std::string owner = {};  // names of user and group
  std::string group = {};
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::map<std::string, std::string, std::less<>> xattrs = {};  // values are raw bytes
  std::map<std::string, std::string, std::less<>> records =
      {};  // extended records that are none of the above
  TarFormat format = TarFormat::ustar;
  std::uint64_t number = 0;  // in the archive, from 1

  bool is_directory() const { return type == '5'; }
  bool is_file() const { return type < '1' || type > '6'; }
};

// Reads ustar, pax and GNU tar, and those older than all of them. One thread per instance. Borrows `in`.
class TarReader {
 public:
  // Jumps over that many bytes of `in`; false when it ends before.
  using Jump = std::function<bool(std::uint64_t)>;
  // Without a jump contents are read and dropped, and so is what lies behind the end of the archive.
  TarReader(ByteSource& in, std::string what, Jump jump = {}, const Limits& limits = {})
      : in_(in), what_(std::move(what)), jump_(std::move(jump)), limits_(limits) {}

  // The next entry; nothing at the end, when all of `in` was read (its digest, then, was checked) unless it
  // can be jumped over.
  // Error(integrity) names `what` for what is no tar and for names that lead upwards (hostile 57);
  // Error(limit) for names and extended headers that are longer than any needs, too many entries, and sparse
  // files that are larger in all than a layer may be; Error(unsupported) for a type of entry that is not
  // known.
  std::optional<TarEntry> next();

  // The next bytes of the content of the entry that next() returned last; 0 at its end. What is not read is
  // skipped. Error(integrity) when the archive ends before.
  std::size_t read(MutableBytes buffer);

  // Goes behind the content of that entry and what fills its last block; next() does so otherwise.
  void finish_entry();
  // How far the archive has been read, in bytes.
  std::uint64_t position() const { return position_; }

  // After the last entry: bytes behind the two blocks that end an archive, and how many of those two there
  // were.
  std::uint64_t trailing_bytes() const { return trailing_; }
  unsigned end_blocks() const { return end_blocks_; }

 private:
  // What extended headers say of the entry behind them.
  struct Extended {
    std::optional<std::string> path = {};
    std::optional<std::string> target = {};
    std::optional<std::uint64_t> size = {};
    std::map<std::string, std::string, std::less<>> records = {};  // of pax
    SparseRecords sparse = {};
    bool gnu = false;
    unsigned headers = 0;
  };
  [[noreturn]] void broken(std::string_view why) const;
  bool read_block(MutableBytes block);
  void skip(std::uint64_t bytes);
  bool skip_padding(std::uint64_t bytes);
  std::string read_text(std::uint64_t size);
  std::uint64_t number(std::string_view field) const;
  std::int64_t signed_number(std::string_view field) const;
  std::uint64_t decimal(std::string_view text) const;
  std::uint32_t small(std::uint64_t value) const;
  std::string normal_path(std::string_view path) const;
  void check_sum(std::string_view block) const;
  using OnRecord = std::function<void(std::string_view key, std::string_view value)>;
  void read_records(std::string_view text, const OnRecord& on_record) const;
  bool take_extended(char type, std::uint64_t size, Extended& extended);
  TarEntry entry_of(std::string_view block, Extended& extended) const;
  void apply_records(Extended& extended, TarEntry& entry) const;
  void apply_time(std::string_view text, TarEntry& entry) const;
  void check_entry(const TarEntry& entry) const;
  void begin_content(std::string_view block, const Extended& extended, std::uint64_t stored, TarEntry& entry);
  SparseMap read_sparse_map(std::string_view block, const SparseRecords& records);
  std::size_t read_stored(MutableBytes buffer);
  void finish_archive();

  ByteSource& in_;
  std::string what_;
  Jump jump_;
  Limits limits_;
  std::uint64_t position_ = 0;       // in the archive
  std::uint64_t remaining_ = 0;      // of the current content, as it is stored
  std::uint64_t padding_ = 0;        // behind it
  bool is_cut_ = false;              // the archive ended in that
  std::optional<SparseMap> sparse_;  // of the current content
  std::uint64_t in_content_ = 0;     // what read() gave of a sparse file
  std::uint64_t holes_ = 0;          // bytes, of all entries so far
  std::uint64_t entries_ = 0;
  std::uint64_t trailing_ = 0;
  unsigned end_blocks_ = 0;
};

}  // namespace whittle::layers
