#include "layers/layer_writer.hpp"

#include "common/parallel.hpp"
#include "layers/chunked_layer.hpp"
#include "layers/estargz_layer.hpp"
#include "layers/tar_header.hpp"
#include "layers/tree_writer.hpp"

namespace whittle::layers {

Layer write_layer(const EntrySource& entries, const LayerOptions& options, ByteSink& out,
                  const std::stop_token& stop) {
  if (options.compression.by_file)
    return options.compression.format == Compression::Format::gzip
               ? write_estargz_layer(entries, options, out, stop)
               : write_chunked_layer(entries, options, out, stop);
  DigestingSink blob(out);
  const auto compressor = make_compressor(options.compression, options.threads, blob, options.memory);
  DigestingSink tar(*compressor);
  write_entries(entries, tar, stop);
  tar.write(as_bytes(tar_end()));
  throw_if_stopped(stop);
  compressor->finish();
  const std::uint64_t size = blob.size();
  return {Descriptor{std::string(options.compression.layer_media_type()), blob.finish(), size}, tar.finish(),
          tar.size(), compressor->take_members()};
}

Layer write_layer(const FileTree& tree, const LayerOptions& options, ByteSink& out,
                  const std::stop_token& stop) {
  return write_layer(TreeEntries(tree, options.mtime, stop), options, out, stop);
}

bool has_file_index(const Descriptor& layer) {
  return layer.annotations.contains(estargz_index_digest) || layer.annotations.contains(chunked_index_digest);
}

std::string_view tar_identity() {
  return "whittle tar 1: ustar, pax where a field needs it";
}

}  // namespace whittle::layers
