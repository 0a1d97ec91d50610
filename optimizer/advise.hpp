// `whittle inspect --advise`: finds out what would make the images of a spec smaller, by building them so.
#pragma once

#include <vector>

#include "builder/build.hpp"
#include "builder/locking.hpp"
#include "builder/spec.hpp"
#include "optimizer/advice.hpp"

namespace whittle::optimizer {

struct AdviseOptions {
  builder::BuildOptions build = {};               // where to, records and platforms are not asked about
  std::optional<layers::Platform> platform = {};  // nothing: the first of each image
};

// Builds each image as the spec says (which may complete the lock, as `whittle build` does), then with one
// change at a time, and measures what is saved. Nothing is pushed, no tag moves, no spec is written. A change
// that cannot be built is named in the report. Throws what build_images() throws for the image as it is.
std::vector<AdvisedImage> advise(const builder::Spec& spec, const AdviseOptions& options,
                                 const builder::LockParts& parts);

}  // namespace whittle::optimizer
