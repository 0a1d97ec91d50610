#include "layers/estargz_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/chunk_sink.hpp"
#include "layers/estargz_index.hpp"
#include "layers/gzip_stream.hpp"
#include "layers/member_codec.hpp"
#include "layers/member_compressor.hpp"
#include "layers/tar_header.hpp"
#include "layers/tree_writer.hpp"

namespace whittle::layers {
namespace {

// Nothing is known of what a program reads first, so nothing is to be fetched ahead ("Prioritized Files and
// Landmark Files").
class WithLandmark final : public EntrySource {
 public:
  WithLandmark(const EntrySource& entries, std::int64_t mtime) : entries_(entries) {
    landmark_.path = landmark_.header.path = estargz_landmark;
    landmark_.header.mode = 0644;
    landmark_.header.size = content.size();
    landmark_.header.mtime = mtime;
    landmark_.content = &digest_;
    landmark_.write_content = [](ByteSink& out) { out.write(as_bytes(content)); };
  }

  void each(const Visit& visit) const override {
    bool is_there = false;
    entries_.each([&](const WritableEntry& entry) {
      if (std::find(estargz_names.begin(), estargz_names.end(), entry.path) != estargz_names.end())
        throw Error(ErrorKind::spec, fmt::format("/{} is a name that eStargz has for itself", entry.path))
            .hint("rename the file, or use `compression: gzip` or `zstd`");
      if (!is_there && entry.path > landmark_.path) {
        visit(landmark_);
        is_there = true;
      }
      visit(entry);
    });
    if (!is_there) visit(landmark_);
  }

 private:
  static constexpr std::string_view content = "\x0f";
  const EntrySource& entries_;
  Digest digest_ = Digest::of(content);
  WritableEntry landmark_ = {};
};

// The end of the tar: the index, in one member, which readers open by itself. Returns its digest.
Digest write_index(const EntrySource& entries, std::int64_t mtime, const WrittenContents& contents,
                   TarSink& tar, ByteSink& blob) {
  CountingSink measured;
  write_estargz_index(entries, contents, measured);
  GzipStream member(blob);
  tar.compress_with(member);
  TarHeader header;
  header.path = estargz_index_name;
  header.mode = 0644;
  header.size = measured.count();
  header.mtime = mtime;
  tar.write(as_bytes(tar_header(header)));
  DigestingSink index(tar);
  write_estargz_index(entries, contents, index);
  tar.write(as_bytes(tar_padding(measured.count())));
  tar.write(as_bytes(tar_end()));
  member.finish();
  return index.finish();
}

MemberFormat chunk_format(Compression::Level level) {
  return gzip_members(level, estargz_chunk_size);
}

}  // namespace

Layer write_estargz_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                          const std::stop_token& stop) {
  const WithLandmark whole(entries, options.mtime);
  DigestingSink blob(out);
  MemberCompressor compressor(chunk_format(options.compression.level), options.threads, blob, options.memory);
  TarSink tar(compressor);
  ChunkSink contents(tar, compressor, estargz_chunk_size);
  const auto digests = write_entries(whole, tar, contents, stop);
  const std::uint64_t index_offset = compressor.flush();
  throw_if_stopped(stop);
  const Digest index = write_index(whole, options.mtime, {contents.take_chunks(), digests}, tar, blob);
  blob.write(as_bytes(estargz_footer(index_offset)));

  const std::uint64_t size = blob.size();
  Descriptor descriptor{std::string(options.compression.layer_media_type()), blob.finish(), size};
  descriptor.annotations = {{estargz_index_digest, index.text()},
                            {estargz_uncompressed_size, std::to_string(tar.size())}};
  return {std::move(descriptor), tar.finish(), tar.size(), compressor.take_members()};
}

std::string estargz_identity(Compression::Level level) {
  return fmt::format("estargz 1, {}, chunks of {}, index by {}", chunk_format(level).identity(),
                     estargz_chunk_size, GzipStream::identity());
}

}  // namespace whittle::layers
