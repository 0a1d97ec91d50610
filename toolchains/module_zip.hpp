// A module's zip (go.dev/ref/mod, "Module zip files"): regular files below MODULE@VERSION/, and nothing else.
//
// Immutable and thread-safe: files are read by position, each in one piece. Nothing is created on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
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
  friend class ModuleZip;
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

class ModuleZip {
 public:
  struct File {
    std::string
        name;  // below the prefix: relative, no `.`, `..`, empty component, backslash or control character
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    bool operator==(const File&) const = default;
  };

  // Reads and checks the directory. Error(integrity), Error(unsupported) or Error(limit) naming the entry and
  // why it is refused: of a form beyond the above, double, equal to another but for ASCII case, overlapping
  // another, or with bytes between entries.
  ModuleZip(Fd file, std::string_view module, std::string_view version, const ZipLimits& limits = {});

  const std::vector<File>& files() const { return files_; }  // in the order of the zip's bytes
  const std::string& prefix() const { return prefix_; }      // "MODULE@VERSION/"
  std::uint64_t size() const { return size_; }               // of the zip

  // The content of files()[index], valid until the reader reads again. Checks that the entry's own header
  // says what the directory said, that the data ends where the next entry begins, size and CRC:
  // Error(integrity) naming the entry.
  Bytes read(std::size_t index, ZipReader& reader) const;

 private:
  void check_collisions() const;

  Fd file_;
  std::uint64_t size_ = 0;
  std::string prefix_;
  std::vector<ZipEntry> entries_;
  std::vector<File> files_;
  std::uint64_t end_ = 0;  // of the last entry
};

// "MODULE@VERSION/", which the names of its entries begin with.
std::string module_prefix(std::string_view module, std::string_view version);
// The path of a file within the module, of an entry's name. Error(integrity) for one that no module has.
std::string_view path_in_module(const std::string& name, std::string_view prefix);

// The `h1:` hash of a module's zip, with that many threads.
std::string hash_of(const ModuleZip& zip, unsigned threads, const std::stop_token& stop);

}  // namespace whittle::toolchains
