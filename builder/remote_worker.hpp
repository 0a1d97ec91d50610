// The side of the worker: does the job of an action, in the tree of its inputs (remote_job.hpp).
#pragma once

#include <filesystem>
#include <stop_token>

#include "common/report.hpp"

namespace whittle::builder {

// Compiles and packs with the means that a build here has, and writes what comes of it below `root`/out.
// False when the build failed; then the report says why. Error when not even that can be written.
bool run_remote_job(const std::filesystem::path& root, unsigned jobs, Reporter& reporter,
                    const std::stop_token& stop);

}  // namespace whittle::builder
