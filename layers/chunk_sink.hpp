// Layers whose files can be read without the rest: where in the compressed bytes each chunk of a file begins.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "layers/member_compressor.hpp"
#include "layers/tree_writer.hpp"

namespace whittle::layers {

struct FileChunk {
  std::uint64_t offset = 0;           // of its member in the layer
  std::optional<Digest> digest = {};  // of its content; a file of one chunk has its own
};

// What was learnt of contents while they were written, each in the order of the entries.
struct WrittenContents {
  std::vector<FileChunk> chunks = {};
  std::vector<Digest> digests = {};  // of contents that no entry knew (write_entries())
};

// The tar's way: into its hash (the diffID) and into what compresses this part of it. Borrows the compressor.
class TarSink final : public ByteSink {
 public:
  explicit TarSink(ByteSink& compressor) : compressor_(&compressor) {}
  void compress_with(ByteSink& compressor) { compressor_ = &compressor; }
  void write(Bytes bytes) override {
    hasher_.write(bytes);
    size_ += bytes.size();
    compressor_->write(bytes);
  }
  std::uint64_t size() const { return size_; }
  Digest finish() { return hasher_.finish(); }

 private:
  Hasher hasher_;
  std::uint64_t size_ = 0;
  ByteSink* compressor_;
};

// Begins a member with each chunk of a file: `chunk_size` bytes, of the last one what is left. What follows
// it, padding and headers up to the next content, stays in its member. One thread. Borrows both.
class ChunkSink final : public ContentSink {
 public:
  ChunkSink(ByteSink& tar, MemberCompressor& compressor, std::uint64_t chunk_size)
      : tar_(tar), compressor_(compressor), chunk_size_(chunk_size) {}

  void begin_file(std::uint64_t size) override;
  void write(Bytes bytes) override;
  void end_file() override;

  // Of all files, in their order; to be asked after the compressor was flushed.
  std::vector<FileChunk> take_chunks();

 private:
  void end_chunk();

  ByteSink& tar_;
  MemberCompressor& compressor_;
  std::uint64_t chunk_size_;
  bool several_ = false;  // chunks in this file
  std::uint64_t filled_ = 0;
  std::optional<Hasher> hasher_;
  std::vector<FileChunk> chunks_;  // their offset is the number of their mark until they are taken
};

}  // namespace whittle::layers
