#include "layers/estargz_index.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/file_index.hpp"
#include "layers/tree_writer.hpp"

namespace whittle::layers {
namespace {

// One entry for a file, one more for each further chunk.
class IndexWriter {
 public:
  IndexWriter(const WrittenContents& contents, ByteSink& out)
      : chunk_(contents.chunks.begin()),
        end_(contents.chunks.end()),
        digests_(contents.digests),
        index_(out) {}

  void add(const WritableEntry& file) {
    Json entry = FileIndexWriter::entry(file);
    if (!file.is_file()) return index_.write(entry);
    const auto& digest = digests_.next(file);
    entry["digest"] = digest.text();
    const auto size = file.header.size;
    if (size == 0) return index_.write(entry);
    entry["size"] = size;
    add_chunk(entry, size, digest, 0);
    for (std::uint64_t offset = estargz_chunk_size; offset < size; offset += estargz_chunk_size) {
      Json more = {{"name", file.path}, {"type", "chunk"}, {"chunkOffset", offset}};
      add_chunk(more, size, digest, offset);
    }
  }

  void finish() {
    if (chunk_ != end_) throw Error(ErrorKind::internal, "the eStargz index has fewer chunks than the layer");
    index_.finish({{"version", 1}});
  }

 private:
  // The last chunk of a file has a size of zero, which may be left out: it goes to the file's end.
  void add_chunk(Json& entry, std::uint64_t size, const Digest& digest, std::uint64_t offset) {
    if (chunk_ == end_) throw Error(ErrorKind::internal, "the eStargz index has more chunks than the layer");
    entry["offset"] = chunk_->offset;
    entry["chunkDigest"] = chunk_->digest.value_or(digest).text();
    if (size - offset > estargz_chunk_size) entry["chunkSize"] = estargz_chunk_size;
    ++chunk_;
    index_.write(entry);
  }

  std::vector<FileChunk>::const_iterator chunk_;
  std::vector<FileChunk>::const_iterator end_;
  ContentDigests digests_;
  FileIndexWriter index_;
};

}  // namespace

void write_estargz_index(const EntrySource& entries, const WrittenContents& contents, ByteSink& out) {
  IndexWriter index(contents, out);
  entries.each([&index](const WritableEntry& entry) { index.add(entry); });
  index.finish();
}

std::string estargz_footer(std::uint64_t index_offset) {
  using namespace std::string_view_literals;
  // RFC 1952, section 2.3: deflate, an extra field, no time, an unknown system; 26 bytes of field, of which
  // SG has 22.
  std::string footer("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0"sv);
  footer += fmt::format("{:016x}STARGZ", index_offset);
  footer += "\x01\0\0\xff\xff"sv;  // RFC 1951, section 3.2.4: the last block, stored, empty
  footer += "\0\0\0\0\0\0\0\0"sv;  // CRC and length of nothing
  return footer;
}

}  // namespace whittle::layers
