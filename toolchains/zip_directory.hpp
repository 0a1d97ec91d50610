// The central directory of a zip, read strictly (PKWARE APPNOTE 6.3.10). A reader of zips that is lenient can
// be shown another archive than the one that was checked: here the directory, the entries' own headers and
// the bytes of the file must tell one story, and no byte of the file may be left over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::toolchains {

struct ZipLimits {
  std::uint64_t file = 500U << 20U;      // bytes of the zip
  std::uint64_t directory = 64U << 20U;  // bytes of its directory
  std::uint64_t entries = 100'000;
  std::uint64_t entry = 128U << 20U;  // bytes of one file, unpacked
  std::uint64_t total = 500U << 20U;  // bytes of all files, unpacked
  std::size_t name = 4096;            // bytes
  bool folders = false;               // whether there may be entries for folders
};

struct ZipEntry {
  std::string name;
  bool is_deflated = false;           // otherwise stored
  std::uint32_t crc = 0;              // CRC-32 of the content
  std::uint64_t compressed_size = 0;  // in bytes, both
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // of its local header
  std::uint16_t flags = 0;   // as they stand there, both: the local header has them again
  std::uint32_t time = 0;
  bool is_folder() const { return name.ends_with('/'); }
};

// The entries in the directory's order: regular files (and folders, where the limits allow these), in one
// disk, not encrypted, stored or deflated. Error(integrity) or Error(unsupported) naming entry and reason,
// Error(limit) beyond a limit. Names are as they stand there, except that they hold no NUL. The local headers
// are not read yet.
struct ZipDirectory {
  std::vector<ZipEntry> entries;
  std::uint64_t offset = 0;  // where the directory begins, and the entries have to end
};
ZipDirectory read_zip_directory(const Fd& file, std::uint64_t size, const ZipLimits& limits);

// Throws the Error that names an entry: "the zip's entry NAME is not below x/".
[[noreturn]] void refuse_entry(const std::string& name, std::string_view why,
                               ErrorKind kind = ErrorKind::integrity);

// Reads exactly that part of an open file. Error(integrity) when it ends before.
void read_exactly(const Fd& file, MutableBytes buffer, std::uint64_t offset);

}  // namespace whittle::toolchains
