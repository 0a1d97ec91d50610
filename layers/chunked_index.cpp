#include "layers/chunked_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/file_index.hpp"
#include "layers/tar_header.hpp"
#include "layers/tree_writer.hpp"

namespace whittle::layers {
namespace {

constexpr unsigned index_type = 1;  // "compatible with CRFS", the only one

// Little-endian, the least significant byte first.
std::string bytes_of(std::uint64_t value, unsigned count) {
  std::string bytes;
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8U * i & 0xffU);
  return bytes;
}

std::string big_endian(std::uint64_t value) {
  const auto bytes = bytes_of(value, sizeof value);
  return {bytes.rbegin(), bytes.rend()};
}

// Where a file lies; one entry more for each further chunk.
class ContentEntries {
 public:
  ContentEntries(const std::vector<ChunkedFile>& files, const WrittenContents& contents,
                 std::uint64_t chunk_size, FileIndexWriter& index)
      : files_(files),
        chunks_(contents.chunks),
        digests_(contents.digests),
        chunk_size_(chunk_size),
        index_(index) {}

  void add(const WritableEntry& file) {
    Json entry = FileIndexWriter::entry(file);
    const auto size = file.header.size;
    const auto* digest = file.is_file() ? &digests_.next(file) : nullptr;
    if (!file.has_content()) return index_.write(entry);
    const bool several = size > chunk_size_;
    entry["size"] = size;
    entry["digest"] = digest->text();
    entry["endOffset"] = files_.at(file_++).end_offset;
    for (std::uint64_t offset = 0; offset < size; offset += chunk_size_) {
      const auto& chunk = chunks_.at(chunk_++);
      entry["offset"] = chunk.offset;
      if (several) {
        entry["chunkDigest"] = chunk.digest.value().text();
        entry["chunkSize"] = std::min(chunk_size_, size - offset);
      }
      if (offset > 0) entry["chunkOffset"] = offset;
      index_.write(entry);
      entry = {{"name", file.path}, {"type", "chunk"}};
    }
  }

 private:
  const std::vector<ChunkedFile>& files_;
  const std::vector<FileChunk>& chunks_;
  ContentDigests digests_;
  std::uint64_t chunk_size_;
  FileIndexWriter& index_;
  std::size_t file_ = 0;
  std::size_t chunk_ = 0;
};

// The entries of a tar-split, which are numbered.
class TarSplitWriter {
 public:
  explicit TarSplitWriter(ByteSink& out) : out_(out) {}
  // Bytes of the tar that are no content.
  void segment(std::string_view bytes) { write({{"type", 2}, {"payload", base64_encoded(bytes)}}); }
  void content(std::string_view name, std::uint64_t size, std::uint64_t crc) {
    Json entry = named(name);
    entry["size"] = size;
    entry["payload"] = base64_encoded(big_endian(crc));
    write(std::move(entry));
  }
  void no_content(std::string_view name) {
    Json entry = named(name);
    entry["payload"] = nullptr;
    write(std::move(entry));
  }

 private:
  static Json named(std::string_view name) {
    if (is_utf8(name)) return {{"type", 1}, {"name", name}};
    return {{"type", 1}, {"name_raw", base64_encoded(name)}};
  }
  void write(Json entry) {
    entry["position"] = position_++;
    out_.write(as_bytes(canonical(entry)));
    out_.write(as_bytes("\n"));
  }

  ByteSink& out_;
  std::uint64_t position_ = 0;
};

}  // namespace

void write_chunked_index(const EntrySource& entries, const std::vector<ChunkedFile>& files,
                         const WrittenContents& contents, std::uint64_t chunk_size, const Digest& tar_split,
                         ByteSink& out) {
  FileIndexWriter index(out);
  ContentEntries written(files, contents, chunk_size, index);
  entries.each([&written](const WritableEntry& entry) { written.add(entry); });
  index.finish({{"tarSplitDigest", tar_split.text()}, {"version", 1}});
}

// Readers take it for granted that the padding of a file comes with the header behind it, and that an entry
// for its content follows each header.
void write_tar_split(const EntrySource& entries, const std::vector<ChunkedFile>& files, ByteSink& out) {
  TarSplitWriter split(out);
  std::string_view padding;
  std::size_t number = 0;
  entries.each([&](const WritableEntry& entry) {
    split.segment(std::string(padding) + tar_header(entry.header));
    padding = {};
    if (entry.has_content()) {
      split.content(entry.header.path, entry.header.size, files.at(number++).crc);
      padding = tar_padding(entry.header.size);
    } else {
      split.no_content(entry.header.path);
    }
  });
  split.segment(std::string(padding) + std::string(tar_end()));
}

std::string chunked_footer(const SkippedPart& index, const SkippedPart& tar_split) {
  std::string footer;
  for (const std::uint64_t value : {index.offset, index.size, index.uncompressed, std::uint64_t(index_type),
                                    tar_split.offset, tar_split.size, tar_split.uncompressed})
    footer += bytes_of(value, sizeof value);
  return footer + "GNUlInUx";
}

std::string skippable_frame(std::string_view content) {
  if (content.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::limit,
                fmt::format("{} bytes are more than a zstd frame that is skipped can hold", content.size()));
  return bytes_of(0x184d2a50, 4) + bytes_of(content.size(), 4) + std::string(content);
}

}  // namespace whittle::layers
