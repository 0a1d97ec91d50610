// What the indexes of eStargz and of zstd:chunked say alike: both stem from one format, and differ in where
// they lie and in what they say of chunks.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.hpp"
#include "common/json.hpp"
#include "layers/file_tree.hpp"

namespace whittle::layers {

// Writes {"entries":[…],…} as canonical JSON, an entry at a time. One thread. Borrows `out`.
class FileIndexWriter {
 public:
  // `mtime` is every file's, in seconds since 1970-01-01T00:00:00Z.
  FileIndexWriter(std::int64_t mtime, ByteSink& out);

  // What there is to say of the file itself. Error(spec) for a name that is not UTF-8, which JSON cannot
  // hold.
  Json entry(const std::string& path, const FileEntry& file) const;
  void write(const Json& entry);
  // The other members of the document; their names come after "entries".
  void finish(const Json& members);

 private:
  ByteSink& out_;
  std::string time_;
  bool any_ = false;
};

}  // namespace whittle::layers
