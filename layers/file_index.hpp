// What the indexes of eStargz and of zstd:chunked say alike: both stem from one format, and differ in where
// they lie and in what they say of chunks.
#pragma once

#include "common/bytes.hpp"
#include "common/json.hpp"
#include "layers/writable_entry.hpp"

namespace whittle::layers {

// Writes {"entries":[…],…} as canonical JSON, an entry at a time. One thread. Borrows `out`.
class FileIndexWriter {
 public:
  explicit FileIndexWriter(ByteSink& out);

  // What there is to say of the file itself. Error(spec) for a name that is not UTF-8, or a time before year
  // 1 or after 9999, which the index cannot hold.
  static Json entry(const WritableEntry& file);
  void write(const Json& entry);
  // The other members of the document; their names come after "entries".
  void finish(const Json& members);

 private:
  ByteSink& out_;
  bool any_ = false;
};

}  // namespace whittle::layers
