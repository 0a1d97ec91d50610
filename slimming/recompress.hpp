// The same layers in smaller blobs: no content is touched, every diffID stays.
#pragma once

#include <stop_token>

#include "common/report.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"
#include "slimming/slim.hpp"
#include "slimming/slimmed_platform.hpp"

namespace whittle::slimming {

// A layer is compressed anew only where that makes it smaller or gives it the format that was asked for. Left
// alone are layers that lie elsewhere, and those with an index into their compressed bytes (eStargz and its
// like), unless a format was asked for. Errors as slim(). Memory: the compressors'.
SlimmedPlatform recompress_platform(registry::ImageSource& source, registry::Layout& store,
                                    const layers::Document& document, const layers::Descriptor& descriptor,
                                    const SlimOptions& options, Reporter& reporter,
                                    const std::stop_token& stop);

}  // namespace whittle::slimming
