// Writes the entries of a file tree as those of a tar, without the tar's end.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "common/bytes.hpp"
#include "layers/file_tree.hpp"

namespace whittle::layers {

// Where the contents of files go, for those who treat them unlike headers: in the same order as these.
class ContentSink : public ByteSink {
 public:
  virtual void begin_file(std::uint64_t size) = 0;  // bytes that will come
  virtual void end_file() = 0;
};

// The header of an entry, with the extended header's in front if it needs one. `mtime` in seconds since
// 1970-01-01T00:00:00Z.
std::string entry_header(const std::string& path, const FileEntry& entry, std::int64_t mtime);

// `mtime` is the time of every entry, in seconds since 1970-01-01T00:00:00Z. Contents are read once and
// checked against the tree's size and digest: one that differs throws Error(conflict) naming the path.
// Headers and padding go to `tar`, contents to `contents`. Error(interrupted) when `stop` asks.
void write_entries(const FileTree& tree, std::int64_t mtime, ByteSink& tar, ContentSink& contents,
                   const std::stop_token& stop);
// Everything to `tar`.
void write_entries(const FileTree& tree, std::int64_t mtime, ByteSink& tar, const std::stop_token& stop);

}  // namespace whittle::layers
