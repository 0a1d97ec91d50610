#include "layers/estargz_index.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/file_index.hpp"

namespace whittle::layers {
namespace {

// One entry for a file, one more for each further chunk.
class IndexWriter {
 public:
  IndexWriter(std::int64_t mtime, const std::vector<FileChunk>& chunks, ByteSink& out)
      : chunk_(chunks.begin()), end_(chunks.end()), index_(mtime, out) {}

  void add(const std::string& path, const FileEntry& file) {
    Json entry = index_.entry(path, file);
    if (file.type != FileEntry::Type::file) return index_.write(entry);
    entry["digest"] = file.content.text();
    if (file.size == 0) return index_.write(entry);
    entry["size"] = file.size;
    add_chunk(entry, file, 0);
    for (std::uint64_t offset = estargz_chunk_size; offset < file.size; offset += estargz_chunk_size) {
      Json more = {{"name", path}, {"type", "chunk"}, {"chunkOffset", offset}};
      add_chunk(more, file, offset);
    }
  }

  void finish() {
    if (chunk_ != end_) throw Error(ErrorKind::internal, "the eStargz index has fewer chunks than the layer");
    index_.finish({{"version", 1}});
  }

 private:
  // The last chunk of a file has a size of zero, which may be left out: it goes to the file's end.
  void add_chunk(Json& entry, const FileEntry& file, std::uint64_t offset) {
    if (chunk_ == end_) throw Error(ErrorKind::internal, "the eStargz index has more chunks than the layer");
    entry["offset"] = chunk_->offset;
    entry["chunkDigest"] = chunk_->digest.value_or(file.content).text();
    if (file.size - offset > estargz_chunk_size) entry["chunkSize"] = estargz_chunk_size;
    ++chunk_;
    index_.write(entry);
  }

  std::vector<FileChunk>::const_iterator chunk_;
  std::vector<FileChunk>::const_iterator end_;
  FileIndexWriter index_;
};

}  // namespace

void write_estargz_index(const FileTree& tree, std::int64_t mtime, const std::vector<FileChunk>& chunks,
                         ByteSink& out) {
  IndexWriter index(mtime, chunks, out);
  for (const auto& [path, file] : tree.entries()) index.add(path, file);
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
