// Makes an image smaller that anybody built, without running it: the story of `slim`, from the old root to
// the new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/limits.hpp"
#include "common/report.hpp"
#include "layers/compression.hpp"
#include "layers/descriptor.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"
#include "slimming/layer_plan.hpp"
#include "slimming/platform_report.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"

namespace whittle::slimming {

struct SlimOptions {
  // What stays of the files that no rule takes: all, what the image needs, what it surely needs.
  enum class Keep : std::uint8_t { all, closure, strict_closure };

  std::vector<std::string> without = {};  // names of rules
  std::vector<std::string> keep = {};     // patterns
  Keep files = Keep::all;
  KeepLayers keep_layers = {};
  bool recompress = false;  // touches no content: the same tars in smaller blobs
  std::optional<layers::Compression::Format> format = {};  // nothing: zstd where all layers are, else gzip
  bool by_file = false;  // in the form of that format whose files can be read one by one
  // Nothing: `smallest` for a layer that is written anew and has up to small_layer bytes, as that takes
  // seconds; else `balanced`.
  std::optional<layers::Compression::Level> level = {};
  static constexpr std::uint64_t small_layer = 32U << 20U;
  std::vector<layers::Platform> platforms = {};  // empty: all
  // Told of each file; platforms count as in SlimmedResult.
  std::function<void(std::size_t platform, const FileReport&)> on_file = {};
  std::filesystem::path scratch = {};  // a folder for files without a name; made when it is needed
  bool is_far = false;                 // the image: its layers are fetched into the store once
  unsigned jobs = 1;                   // threads; never changes a byte
  Limits limits = {};
};

struct SlimmedResult {
  layers::Descriptor before;                     // of the root, or of the one platform that was asked for
  std::unique_ptr<registry::ImageSource> image;  // borrows the old one
  std::vector<PlatformReport> platforms = {};
  std::vector<layers::Descriptor> left_out = {};  // children of the index that tell of bytes that are no more
  bool changed = false;
};

// New layers go to `store`; nothing reaches any place before the result is copied there. What is slim stays
// as it is, with the same digest. Error as the readers of layers have; Error(usage) for rules and patterns
// that are none. Memory: about 125 bytes and the path for each entry of one platform, at most
// Limits::layer_entries, and the compressors'.
SlimmedResult slim(registry::ImageSource& source, registry::Layout store, const SlimOptions& options,
                   Reporter& reporter, const std::stop_token& stop);

}  // namespace whittle::slimming
