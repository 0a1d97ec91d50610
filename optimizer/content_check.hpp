// Whether all of an image is there, and is what its documents say.
#pragma once

#include <stop_token>
#include <string>

#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

// Reads every document and every blob below `root` once, in a stream, with `jobs` at a time, and compares
// digests and sizes; layers that only their URLs have are left out. Returns what was read, in words.
// Error(integrity) for what contradicts its descriptor, and for what is not there.
std::string check_content(registry::ImageSource& source, const layers::Document& root, unsigned jobs,
                          const std::stop_token& stop);

}  // namespace whittle::optimizer
