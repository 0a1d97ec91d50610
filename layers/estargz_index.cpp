#include "layers/estargz_index.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

std::string_view type_of(FileEntry::Type type) {
  switch (type) {
    case FileEntry::Type::directory:
      return "dir";
    case FileEntry::Type::file:
      return "reg";
    case FileEntry::Type::symlink:
      return "symlink";
    case FileEntry::Type::hardlink:
      return "hardlink";
  }
  throw Error(ErrorKind::internal, "unknown type of a file");
}

void check_text(const std::string& path, std::string_view text) {
  if (is_utf8(text)) return;
  throw Error(ErrorKind::spec, fmt::format("{} has a name or target that is not UTF-8, which the index of "
                                           "eStargz, being JSON, cannot hold",
                                           shown(path)))
      .hint("rename it, or use `compression: gzip` or `zstd`");
}

// One entry for a file, one more for each further chunk.
class IndexWriter {
 public:
  IndexWriter(std::int64_t mtime, const std::vector<EstargzChunk>& chunks, ByteSink& out)
      : chunk_(chunks.begin()), end_(chunks.end()), out_(out) {
    // Left out, it is zero.
    if (mtime == 0) return;
    time_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(mtime)));
  }

  void add(const std::string& path, const FileEntry& file) {
    check_text(path, path);
    check_text(path, file.link_target);
    Json entry = {{"name", file.type == FileEntry::Type::directory ? path + '/' : path},
                  {"type", type_of(file.type)},
                  {"mode", file.mode},
                  {"uid", file.uid},
                  {"gid", file.gid}};
    if (!time_.empty()) entry["modtime"] = time_;
    if (!file.link_target.empty()) entry["linkName"] = file.link_target;
    if (file.type != FileEntry::Type::file) return write(entry);
    entry["digest"] = file.content.text();
    if (file.size == 0) return write(entry);
    entry["size"] = file.size;
    add_chunk(entry, file, 0);
    for (std::uint64_t offset = estargz_chunk_size; offset < file.size; offset += estargz_chunk_size) {
      Json more = {{"name", path}, {"type", "chunk"}, {"chunkOffset", offset}};
      add_chunk(more, file, offset);
    }
  }

  void finish() const {
    if (chunk_ != end_) throw Error(ErrorKind::internal, "the eStargz index has fewer chunks than the layer");
  }

 private:
  // The last chunk of a file has a size of zero, which may be left out: it goes to the file's end.
  void add_chunk(Json& entry, const FileEntry& file, std::uint64_t offset) {
    if (chunk_ == end_) throw Error(ErrorKind::internal, "the eStargz index has more chunks than the layer");
    entry["offset"] = chunk_->offset;
    entry["chunkDigest"] = chunk_->digest.value_or(file.content).text();
    if (file.size - offset > estargz_chunk_size) entry["chunkSize"] = estargz_chunk_size;
    ++chunk_;
    write(entry);
  }

  void write(const Json& entry) {
    if (any_) out_.write(as_bytes(","));
    any_ = true;
    out_.write(as_bytes(canonical(entry)));
  }

  std::vector<EstargzChunk>::const_iterator chunk_;
  std::vector<EstargzChunk>::const_iterator end_;
  ByteSink& out_;
  std::string time_;
  bool any_ = false;
};

}  // namespace

void write_estargz_index(const FileTree& tree, std::int64_t mtime, const std::vector<EstargzChunk>& chunks,
                         ByteSink& out) {
  out.write(as_bytes("{\"entries\":["));
  IndexWriter index(mtime, chunks, out);
  for (const auto& [path, file] : tree.entries()) index.add(path, file);
  index.finish();
  out.write(as_bytes("],\"version\":1}"));
}

std::string estargz_footer(std::uint64_t index_offset) {
  using namespace std::string_view_literals;
  // RFC 1952, section 2.3: deflate, an extra field, no time, an unknown system; 26 bytes of field, of which
  // SG has 22.
  std::string footer("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0"sv);
  footer += fmt::format("{:016x}STARGZ", index_offset);
  footer += "\x01\0\0\xff\xff"sv;        // RFC 1951, section 3.2.4: the last block, stored, empty
  footer += "\0\0\0\0\0\0\0\0"sv;  // CRC and length of nothing
  return footer;
}

}  // namespace whittle::layers
