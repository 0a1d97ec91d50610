// A module's zip (go.dev/ref/mod, "Module zip files"): regular files below MODULE@VERSION/, and nothing else.
//
// Immutable and thread-safe: files are read by position, each in one piece. Nothing is created on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/file.hpp"
#include "toolchains/zip_archive.hpp"

namespace whittle::toolchains {

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
  std::uint64_t size() const { return archive_.size(); }     // of the zip

  // The content of files()[index], valid until the reader reads again. Checks that the entry's own header
  // says what the directory said, that the data ends where the next entry begins, size and CRC:
  // Error(integrity) naming the entry.
  Bytes read(std::size_t index, ZipReader& reader) const { return archive_.read(index, reader); }

 private:
  void check_collisions() const;

  ZipArchive archive_;
  std::string prefix_;
  std::vector<File> files_;
};

// "MODULE@VERSION/", which the names of its entries begin with.
std::string module_prefix(std::string_view module, std::string_view version);
// The path of a file within the module, of an entry's name. Error(integrity) for one that no module has.
std::string_view path_in_module(const std::string& name, std::string_view prefix);

// The `h1:` hash of a module's zip, with that many threads.
std::string hash_of(const ModuleZip& zip, unsigned threads, const std::stop_token& stop);

}  // namespace whittle::toolchains
