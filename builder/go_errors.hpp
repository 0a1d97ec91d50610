// Turns what a failed go command wrote into an Error of the right kind.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/subprocess.hpp"

namespace whittle::builder {

// `what` names the work ("compiling ./cmd/api for linux/amd64 (image api)").
Error go_failure(const Outcome& outcome, std::string_view what);

}  // namespace whittle::builder
