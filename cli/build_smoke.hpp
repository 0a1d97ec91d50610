// `build --smoke`: images that were just built are run, as `smoke` of the spec says, before they are
// delivered.
#pragma once

#include <vector>

#include "builder/finished_image.hpp"
#include "builder/spec.hpp"

namespace whittle::cli {

class Session;

// Error(spec) for a `smoke` that cannot be run, before anything is compiled; Error(usage) when no image has
// one.
void check_smoke(const builder::Spec& spec, Session& session);

// Runs each that has `smoke`, as built for this machine, under `limits: {memory}`, or `memory`. Error(budget)
// when one does not live under its limit, Error(policy) when it fails otherwise; what each run showed is
// told.
void smoke_images(const std::vector<builder::FinishedImage>& images, const builder::Spec& spec,
                  Session& session);

}  // namespace whittle::cli
