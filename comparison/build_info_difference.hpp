// What Go recorded of two builds, field by field.
#pragma once

#include <optional>

#include "binaries/build_info.hpp"
#include "comparison/finding.hpp"

namespace whittle::comparison {

// Aspects: "go-version", "go-main-package", "go-main-module", "go-module" (where: its path; values: version,
// what replaces it, sum), "go-setting" (where: its name), "go-build-info" when only one has any.
void compare_build_info(const std::optional<binaries::BuildInfo>& a,
                        const std::optional<binaries::BuildInfo>& b, const Where& where, Findings& findings);

}  // namespace whittle::comparison
