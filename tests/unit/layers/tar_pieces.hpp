// Tars taken apart and altered, so that exactly one rule is broken and all else, checksums among it, is
// right.
#pragma once

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tar_header.hpp"
#include "tests/support/tar_walker.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::test {

inline std::vector<std::string> tar_violations(const std::string& tar) {
  TextSource source(tar);
  return walk_tar(source).violations;
}

// A member of an archive: its header, and the content that follows.
inline std::string member(char type, std::string_view path, const std::string& content = {}) {
  layers::TarHeader header;
  header.path = path;
  header.type = type;
  header.size = content.size();
  return layers::tar_header(header) + content + std::string(layers::tar_padding(content.size()));
}

// Changes bytes of a header and makes the checksum right again.
inline std::string patched(std::string block, std::size_t offset, std::string_view bytes) {
  block.replace(offset, bytes.size(), bytes);
  block.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block.substr(0, 512)) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  block.replace(148, 7, text, 7);
  return block;
}

inline std::string octal(std::size_t value) {
  char text[12];
  std::snprintf(text, sizeof text, "%011zo", value);
  return std::string(text, 11);
}

// An extended header with these records, as ours are.
inline std::string record_header(std::string records) {
  layers::TarHeader header;
  header.path = "PaxHeader";
  header.type = 'x';
  header.size = records.size();
  records += layers::tar_padding(records.size());
  return layers::tar_header(header) + records;
}

// A record of an extended header; its length counts itself.
inline std::string record(const std::string& text) {
  std::size_t length = text.size() + 3;
  while (std::to_string(length).size() + text.size() + 2 != length) ++length;
  return std::to_string(length) + ' ' + text + '\n';
}
inline std::string record(const std::string& key, const std::string& value) {
  return record(key + '=' + value);
}

// A tar's entries, each with its extended header, header, content and padding, and what comes behind them.
struct TarPieces {
  std::vector<std::string> entries = {};
  std::string end;

  explicit TarPieces(const std::string& tar) {
    std::size_t at = 0;
    while (tar.at(at) != '\0') {
      const std::size_t start = at;
      if (tar.at(at + 156) == 'x') at += length(tar, at);
      at += length(tar, at);
      entries.push_back(tar.substr(start, at - start));
    }
    end = tar.substr(at);
  }

  // The entry of that path, which fits into the name field.
  std::string& of(std::string_view path) {
    for (std::string& entry : entries)
      if (std::string_view(entry.data() + header_of(entry)) == path) return entry;
    throw std::logic_error("no such entry");
  }
  // Changes bytes of that entry's own header.
  void patch(std::string_view path, std::size_t offset, std::string_view bytes) {
    std::string& entry = of(path);
    const std::size_t header = header_of(entry);
    entry = entry.substr(0, header) + patched(entry.substr(header), offset, bytes);
  }
  std::string tar() const {
    std::string all;
    for (const std::string& entry : entries) all += entry;
    return all + end;
  }

  static std::size_t length(const std::string& tar, std::size_t header) {
    const std::size_t size = std::stoul(tar.substr(header + 124, 11), nullptr, 8);
    return 512 + (size + 511) / 512 * 512;
  }
  static std::size_t header_of(const std::string& entry) { return entry[156] == 'x' ? length(entry, 0) : 0; }
};

}  // namespace whittle::test
