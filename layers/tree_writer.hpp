// Writes entries as those of a tar, without the tar's end.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "layers/file_tree.hpp"
#include "layers/writable_entry.hpp"

namespace whittle::layers {

// Where the contents of files go, for those who treat them unlike headers: in the same order as these.
class ContentSink : public ByteSink {
 public:
  virtual void begin_file(std::uint64_t size) = 0;  // bytes that will come
  virtual void end_file() = 0;
};

// The files of a tree. Contents are checked against the tree's size and digest: one that differs throws
// Error(conflict) naming the path. Borrows the tree.
class TreeEntries final : public EntrySource {
 public:
  // `mtime` is the time of every entry, in seconds since 1970-01-01T00:00:00Z.
  TreeEntries(const FileTree& tree, std::int64_t mtime, std::stop_token stop)
      : tree_(tree), mtime_(mtime), stop_(std::move(stop)) {}
  void each(const Visit& visit) const override;

 private:
  const FileTree& tree_;
  std::int64_t mtime_;
  std::stop_token stop_;
};

// Headers and padding go to `tar`, contents to `contents`. Returns the digests of the contents that no entry
// knew, in their order, empty ones too. Error(interrupted) when `stop` asks.
std::vector<Digest> write_entries(const EntrySource& entries, ByteSink& tar, ContentSink& contents,
                                  const std::stop_token& stop);
// Everything to `tar`; no digest is computed.
void write_entries(const EntrySource& entries, ByteSink& tar, const std::stop_token& stop);

// The digest of each file of a source, asked for in its order. Borrows those that write_entries() learnt.
class ContentDigests {
 public:
  explicit ContentDigests(const std::vector<Digest>& learnt) : learnt_(learnt) {}
  const Digest& next(const WritableEntry& file) {
    return file.content != nullptr ? *file.content : learnt_.at(next_++);
  }

 private:
  const std::vector<Digest>& learnt_;
  std::size_t next_ = 0;
};

}  // namespace whittle::layers
