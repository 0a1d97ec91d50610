#include "registry/blob_presence.hpp"

#include "common/error.hpp"

namespace whittle::registry {

bool has_blob(ImageSource& source, const layers::Descriptor& descriptor) {
  if (auto* const presence = dynamic_cast<BlobPresence*>(&source)) return presence->has_blob(descriptor);
  try {
    source.open_blob(descriptor);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return false;
  }
}

}  // namespace whittle::registry
