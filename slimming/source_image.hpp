// One platform of the image that is made smaller, read once: what a container sees, where each content waits,
// and what each entry took of its layer.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "binaries/random_access.hpp"
#include "common/digest.hpp"
#include "common/json.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "comparison/scratch.hpp"
#include "layers/compression.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/merged_tree.hpp"
#include "registry/image_io.hpp"

namespace whittle::slimming {

struct SourceLayer {
  layers::Descriptor descriptor;
  Digest diff_id;
  layers::Compression::Format format = layers::Compression::Format::none;
  std::uint64_t size = 0;  // bytes of the tar
  // By TarEntry::number - 1: bytes of the blob that an entry took, header and padding included.
  std::deque<std::uint64_t> compressed = {};
  std::uint64_t whiteouts = 0;  // entries that are none of the tree
};

struct SourceImage {
  layers::Descriptor descriptor;  // of the manifest, as the index has it
  layers::Manifest manifest;
  layers::ImageConfig config;
  Json config_json = Json::object();  // the same, with what is not known of it
  std::vector<SourceLayer> layers = {};
  layers::MergedTree tree;  // MergedEntry::offset() is where the content lies in `contents`
  comparison::Scratch contents;

  // The content of a file. Borrows this.
  comparison::KeptAccess content(const layers::MergedEntry& file) const;
  std::uint64_t compressed_size() const;
  std::uint64_t uncompressed_size() const;
};

// A manifest and its config; no layer is read. `scratch` is a folder for files without a name; made when it
// is needed. Error(unsupported) for what is no image of Linux, Error(integrity) for documents that contradict
// each other (hostile 117).
SourceImage open_image(registry::ImageSource& source, const layers::Document& document,
                       const layers::Descriptor& descriptor, const std::filesystem::path& scratch,
                       const Limits& limits = {});

// Reads its layers from the lowest up, each once, checking digest, size and diffID. Errors of groups C and D
// of the layers' readers; Error(unsupported) for a layer that is no tar or lies elsewhere (hostile 113).
// Error(limit) beyond Limits::layer_entries of all layers together. Memory: that of the tree and 8 bytes for
// each; contents wait on the disk.
void read_layers(registry::ImageSource& source, SourceImage& image, const Limits& limits, Reporter& reporter,
                 const std::stop_token& stop);

}  // namespace whittle::slimming
