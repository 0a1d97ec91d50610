#include "layers/chunked_layer.hpp"

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "common/parallel.hpp"
#include "layers/chunk_sink.hpp"
#include "layers/chunked_index.hpp"
#include "layers/crc64.hpp"
#include "layers/member_codec.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {
namespace {

// Ends a frame with each file, and keeps what is to be said of the file.
class FileSink final : public ContentSink {
 public:
  FileSink(ContentSink& chunks, MemberCompressor& compressor) : chunks_(chunks), compressor_(compressor) {}

  void begin_file(std::uint64_t size) override {
    chunks_.begin_file(size);
    crc_ = {};
    any_ = false;
  }
  void write(Bytes bytes) override {
    chunks_.write(bytes);
    crc_.add(bytes);
    any_ = any_ || !bytes.empty();
  }
  void end_file() override {
    chunks_.end_file();
    if (any_) files_.push_back({compressor_.mark(), crc_.value()});
  }

  // To be asked after the compressor was flushed.
  std::vector<ChunkedFile> take_files() {
    for (auto& file : files_) file.end_offset = compressor_.marks().at(file.end_offset);
    return std::move(files_);
  }

 private:
  ContentSink& chunks_;
  MemberCompressor& compressor_;
  Crc64 crc_;
  bool any_ = false;
  std::vector<ChunkedFile> files_;  // their end is the number of its mark until they are taken
};

struct Compressed {
  std::string bytes;
  std::uint64_t size = 0;  // uncompressed
  Digest digest = Digest::of(std::string_view());
};

Compressed compressed(Compression::Level level, const std::function<void(ByteSink&)>& write) {
  TextSink out(std::numeric_limits<std::size_t>::max(), "a part of a layer");
  MemberCompressor compressor(zstd_frames(level), 1, out);
  DigestingSink in(compressor);
  write(in);
  compressor.finish();
  Compressed part{out.take(), in.size()};
  part.digest = Digest::of(part.bytes);
  return part;
}

// Behind the files, the index first. Returns the annotations that lead to both.
Annotations write_parts(const Compressed& index, const Compressed& tar_split, DigestingSink& blob) {
  const auto place = [&blob](const Compressed& part) {
    const auto frame = skippable_frame(part.bytes);
    const SkippedPart at{blob.size() + frame.size() - part.bytes.size(), part.bytes.size(), part.size};
    blob.write(as_bytes(frame));
    return at;
  };
  const auto of_index = place(index);
  const auto of_tar_split = place(tar_split);
  blob.write(as_bytes(skippable_frame(chunked_footer(of_index, of_tar_split))));
  return {
      {chunked_index_digest, index.digest.text()},
      {chunked_index_place, fmt::format("{}:{}:{}:1", of_index.offset, of_index.size, of_index.uncompressed)},
      {chunked_tar_split_place,
       fmt::format("{}:{}:{}", of_tar_split.offset, of_tar_split.size, of_tar_split.uncompressed)}};
}

}  // namespace

Layer write_chunked_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                          const std::stop_token& stop) {
  const auto level = options.compression.level;
  const auto format = zstd_frames(level);
  DigestingSink blob(out);
  MemberCompressor compressor(format, options.threads, blob, options.memory);
  TarSink tar(compressor);
  ChunkSink chunks(tar, compressor, format.member_size);
  FileSink files(chunks, compressor);
  auto digests = write_entries(entries, tar, files, stop);
  tar.write(as_bytes(tar_end()));
  compressor.flush();
  throw_if_stopped(stop);

  const auto all_files = files.take_files();
  const auto tar_split =
      compressed(level, [&](ByteSink& part) { write_tar_split(entries, all_files, part); });
  const auto index = compressed(level, [&](ByteSink& part) {
    write_chunked_index(entries, all_files, {chunks.take_chunks(), std::move(digests)}, format.member_size,
                        tar_split.digest, part);
  });
  auto annotations = write_parts(index, tar_split, blob);
  const std::uint64_t size = blob.size();
  Descriptor descriptor{std::string(options.compression.layer_media_type()), blob.finish(), size};
  descriptor.annotations = std::move(annotations);
  return {std::move(descriptor), tar.finish(), tar.size(), compressor.take_members()};
}

std::string chunked_identity(Compression::Level level) {
  const auto format = zstd_frames(level);
  return fmt::format("zstd:chunked 1, {}, chunks of {}", format.identity(), format.member_size);
}

}  // namespace whittle::layers
