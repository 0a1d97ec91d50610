// Where a built image goes, and where it went the last time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/build.hpp"
#include "builder/named_values.hpp"
#include "builder/spec.hpp"
#include "registry/place.hpp"

namespace whittle::builder {

struct Destination {
  registry::Place place;
  std::vector<std::string> tags;
  std::string printed;  // what stands before @sha256:…
};

// Where an image goes: -o, --push, or whittle's own store; nowhere, if it is only to be measured.
// Error(usage) for what is no place for it, Error(spec) for a tag that is none.
std::vector<Destination> destinations_of(const ImageSpec& spec, const BuildOptions& options,
                                         const NamedValues& values, bool only_image);

// The place in a registry where an earlier build of the image is to be found: its first repository, under the
// first tag that is the same in every build. Nothing when the image is pushed nowhere.
std::optional<std::string> last_pushed(const ImageSpec& spec, const BuildOptions& options,
                                       const NamedValues& values);

}  // namespace whittle::builder
