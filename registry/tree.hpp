// Everything an image consists of: its documents by level and its blobs.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "layers/descriptor.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

// How deep indexes may be nested, and how many documents an image may have in all (hostile.md, 121).
inline constexpr unsigned index_depth_limit = 8;
inline constexpr std::size_t documents_limit = 10'000;

struct ImageTree {
  // The root alone in the first level. Each document stands once, in the deepest level that refers to it:
  // whoever writes the levels from the last to the first never writes one before what it refers to.
  std::vector<std::vector<layers::Document>> levels;
  std::vector<layers::Descriptor> blobs;  // configurations and layers, each digest once, the largest first
  std::vector<std::string> warnings;      // what is odd but harms nobody (hostile.md, 120); escaped
};

// Fetches the documents below `root` with up to `jobs` threads. Error(not_found) naming what is missing.
ImageTree read_tree(ImageSource& from, layers::Document root, unsigned jobs, const std::stop_token& stop);

// What a media type says without its parameters, in lower case (RFC 9110, section 8.3.1).
std::string bare_type(std::string_view stated);

// A document as it came, with the type that `stated` and its shape agree upon. A type that is neither an
// index nor a manifest is kept as stated: such a document is carried, not read.
layers::Document settled_document(std::string_view stated, std::string bytes, const Digest& digest,
                                  std::string_view what);

}  // namespace whittle::registry
