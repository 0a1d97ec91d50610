// Which images a build would have to make anew, and why: against what is recorded of them, on this machine or
// in the shared cache, or against a commit. Nothing is built.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/build.hpp"
#include "builder/spec.hpp"

namespace whittle::builder {

struct ChangeReason {
  // "unrecorded" (nothing is known of it), "absent" (the commit has no such image), "settings" (how it is
  // compiled, or by which Go), "programs" (they were made anew since), "sources", or what of the image is
  // another: "files", "env", "base", … as the keys of the spec.
  std::string what;
  std::string path = {};                // relative to the project; of a folder with a slash at its end
  std::vector<std::string> chain = {};  // import paths, from the main package to the one of that file

  std::string text() const;  // "internal/log/log.go changed (example.com/shop/cmd/api → …/internal/log)"
  bool operator==(const ChangeReason&) const = default;
};

struct PlannedImage {
  std::string image;
  std::vector<ChangeReason> reasons;  // none: it is as it was
  bool is_affected() const { return !reasons.empty(); }
};

// In the order of the spec. `revision` as git takes it; without one, records count. Fetches Go only when it
// has to be asked what a program is made from. Error(not_found) for a commit that is not here, else as a
// build.
std::vector<PlannedImage> plan_changes(const Spec& spec, const BuildOptions& options,
                                       const std::optional<std::string>& revision, const Host& host,
                                       Cache& cache, registry::Access& access, Reporter& reporter,
                                       const std::stop_token& stop);

}  // namespace whittle::builder
