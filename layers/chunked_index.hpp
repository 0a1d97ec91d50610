// What a zstd:chunked layer has behind its files, in frames that decoders skip (containers/storage,
// pkg/chunked/internal/minimal): an index of where each file can be read alone, what of the tar is no
// content, so that the tar can be put together again from files, and a footer that leads to both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "layers/chunk_sink.hpp"
#include "layers/writable_entry.hpp"

namespace whittle::layers {

// A file with content: where its last frame ends in the layer, and the CRC-64 (ISO 3309) of its content.
struct ChunkedFile {
  std::uint64_t end_offset = 0;
  std::uint64_t crc = 0;
};

// Writes the index as canonical JSON. `files` are those with content, in the order of the entries.
// `tar_split` is the digest of that part, compressed. Error(spec) for a name that is not UTF-8, which JSON
// cannot hold.
void write_chunked_index(const EntrySource& entries, const std::vector<ChunkedFile>& files,
                         const WrittenContents& contents, std::uint64_t chunk_size, const Digest& tar_split,
                         ByteSink& out);

// Headers and padding, and which content lies between them (vbatts/tar-split, tar/storage): JSON, one entry a
// line.
void write_tar_split(const EntrySource& entries, const std::vector<ChunkedFile>& files, ByteSink& out);

// Where such a part lies in the layer, without the head of its frame.
struct SkippedPart {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;          // bytes
  std::uint64_t uncompressed = 0;  // bytes
};
std::string chunked_footer(const SkippedPart& index, const SkippedPart& tar_split);

// RFC 8878, section 3.1.2. Error(limit) for more than a frame can hold.
std::string skippable_frame(std::string_view content);

}  // namespace whittle::layers
