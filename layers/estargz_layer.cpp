#include "layers/estargz_layer.hpp"

#include <fmt/format.h>

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
FileTree with_landmark(FileTree tree) {
  for (const auto name : estargz_names)
    if (tree.entries().contains(name))
      throw Error(ErrorKind::spec, fmt::format("/{} is a name that eStargz has for itself", name))
          .hint("rename the file, or use `compression: gzip` or `zstd`");
  const std::string content = "\x0f";
  FileEntry landmark;
  landmark.size = content.size();
  landmark.content = Digest::of(content);
  landmark.open = [content] { return std::make_unique<TextSource>(content); };
  tree.add(estargz_landmark, std::move(landmark));
  return tree;
}

// The end of the tar: the index, in one member, which readers open by itself. Returns its digest.
Digest write_index(const FileTree& tree, std::int64_t mtime, const std::vector<FileChunk>& chunks,
                   TarSink& tar, ByteSink& blob) {
  CountingSink measured;
  write_estargz_index(tree, mtime, chunks, measured);
  GzipStream member(blob);
  tar.compress_with(member);
  TarHeader header;
  header.path = estargz_index_name;
  header.mode = 0644;
  header.size = measured.count();
  header.mtime = mtime;
  tar.write(as_bytes(tar_header(header)));
  DigestingSink index(tar);
  write_estargz_index(tree, mtime, chunks, index);
  tar.write(as_bytes(tar_padding(measured.count())));
  tar.write(as_bytes(tar_end()));
  member.finish();
  return index.finish();
}

MemberFormat chunk_format(Compression::Level level) {
  return gzip_members(level, estargz_chunk_size);
}

}  // namespace

Layer write_estargz_layer(const FileTree& tree, const LayerOptions& options, ByteSink& out,
                          const std::stop_token& stop) {
  const FileTree whole = with_landmark(tree);
  DigestingSink blob(out);
  MemberCompressor compressor(chunk_format(options.compression.level), options.threads, blob, options.memory);
  TarSink tar(compressor);
  ChunkSink contents(tar, compressor, estargz_chunk_size);
  write_entries(whole, options.mtime, tar, contents, stop);
  const std::uint64_t index_offset = compressor.flush();
  throw_if_stopped(stop);
  const Digest index = write_index(whole, options.mtime, contents.take_chunks(), tar, blob);
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
