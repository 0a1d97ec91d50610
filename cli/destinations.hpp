// The places that a command writes one image to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/copy.hpp"
#include "registry/place.hpp"

namespace whittle::cli {

class Session;

// Error(usage) for one that names a digest, or that is named twice.
std::vector<registry::Place> destinations_of(const std::vector<std::string>& texts);

// Copies the image to each, under the tag that it names, else that of `from`, else "latest".
std::vector<registry::CopyOutcome> write_to_all(registry::ImageSource& image, const registry::Place& from,
                                                const std::vector<registry::Place>& places,
                                                const registry::CopyOptions& options, Session& session);

// The first failure decides the exit code, and is told where errors are; the others come before it. `doing`
// is what was done to the place: "copying to".
void throw_failure(std::string_view doing, const std::vector<registry::CopyOutcome>& outcomes,
                   const std::vector<registry::Place>& places, Session& session);

}  // namespace whittle::cli
