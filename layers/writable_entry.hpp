// What becomes the entries of a layer: walked once for the bytes, and again for an index of them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {

// Borrowed from its source, during the visit.
struct WritableEntry {
  std::string_view path = {};  // in the image, without a slash at its end; "" is the root
  TarHeader header = {};
  const std::map<std::string, std::string, std::less<>>* xattrs =
      nullptr;                      // that are among the header's records; nullptr: none
  const Digest* content = nullptr;  // of a file, where it is known before its bytes are read
  std::function<void(ByteSink&)> write_content = {};  // of a file: as many bytes as the header says

  bool is_file() const { return header.type == '0'; }
  bool has_content() const { return is_file() && header.size > 0; }
};

class EntrySource {
 public:
  virtual ~EntrySource() = default;
  using Visit = std::function<void(const WritableEntry&)>;
  // Every time the same, in the order of paths; a hard link comes behind its file.
  virtual void each(const Visit& visit) const = 0;
};

}  // namespace whittle::layers
