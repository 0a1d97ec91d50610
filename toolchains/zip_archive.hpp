// A zip that is read strictly (zip_directory.hpp): its entries, whatever they are called.
//
// Immutable and thread-safe: entries are read by position, each in one piece. Nothing is created on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/bytes.hpp"
#include "common/file.hpp"
#include "toolchains/zip_directory.hpp"

struct libdeflate_decompressor;

namespace whittle::toolchains {

// What one thread reads files with, one after the other: memory for the largest file it met, packed and
// unpacked.
class ZipReader {
 public:
  ZipReader();

 private:
  friend class ZipArchive;
  struct Release {
    void operator()(libdeflate_decompressor* decompressor) const;
  };
  struct Buffer {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
    MutableBytes take(std::size_t size);
  };
  Buffer packed_;
  Buffer content_;
  std::unique_ptr<libdeflate_decompressor, Release> decompressor_;
};

class ZipArchive {
 public:
  // Reads and checks the directory. Error(integrity), Error(unsupported) or Error(limit) naming the entry and
  // why it is refused: overlapping another, or with bytes between entries.
  explicit ZipArchive(Fd file, const ZipLimits& limits = {});

  const std::vector<ZipEntry>& entries() const { return entries_; }  // in the order of the zip's bytes
  std::uint64_t size() const { return size_; }                       // of the zip

  // The content of entries()[index], valid until the reader reads again. Checks that the entry's own header
  // says what the directory said, that the data ends where the next entry begins, size and CRC:
  // Error(integrity) naming the entry.
  Bytes read(std::size_t index, ZipReader& reader) const;

 private:
  Fd file_;
  std::uint64_t size_ = 0;
  std::vector<ZipEntry> entries_;
  std::uint64_t end_ = 0;  // of the last entry
};

}  // namespace whittle::toolchains
