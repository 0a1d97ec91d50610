// Writes zips, of modules and other ones, that are right unless a test says in which field they lie.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::test {

struct ZipItem {
  std::string name;
  std::string content = {};
  bool deflated = true;
  bool descriptor = true;  // sizes behind the data, as go's archive/zip writes them
  // Lies, each said in the directory or in the entry's own header.
  std::uint16_t flags = 0;  // added in both
  std::optional<std::uint16_t> method = {};
  std::uint16_t made_by = 3 << 8;  // Unix
  std::uint32_t attributes = 0100644U << 16U;
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint32_t> size = {};
  std::optional<std::uint32_t> packed_size = {};
  std::optional<std::uint32_t> offset = {};
  std::optional<std::string> local_name = {};
  std::optional<std::uint32_t> local_size = {};
  std::optional<std::uint16_t> local_method = {};
  std::string behind = {};  // bytes between its data and the next entry
  bool hidden = false;      // not in the directory
  bool descriptor_signature = true;
  std::optional<std::uint32_t> descriptor_crc = {};
};

struct ZipShape {
  std::string front = {};   // bytes before the first entry; offsets count from the file's begin
  std::string middle = {};  // between the entries and the directory
  std::string end = {};     // behind the end record
  std::string comment = {};
  std::optional<std::uint16_t> entries = {};
  std::uint16_t disk = 0;
  bool wide = false;  // the end record refers to a zip64 one
};

std::string make_zip(const std::vector<ZipItem>& items, const ZipShape& shape = {});

// A right zip of a module: files by their names below its root.
std::string make_module_zip(std::string_view module, std::string_view version,
                            const std::map<std::string, std::string>& files);

}  // namespace whittle::test
