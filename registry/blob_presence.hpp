// Whether blobs are there: a place may be able to tell without reading them.
#pragma once

#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

// What a source that can tell has besides. Any number of threads.
class BlobPresence {
 public:
  virtual ~BlobPresence() = default;
  // With that size, as far as the place says so.
  virtual bool has_blob(const layers::Descriptor& descriptor) = 0;
};

// Asks the source, or opens the blob where it cannot tell otherwise.
bool has_blob(ImageSource& source, const layers::Descriptor& descriptor);

}  // namespace whittle::registry
