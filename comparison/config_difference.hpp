// Two configurations and two manifests, field by field.
#pragma once

#include "comparison/finding.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"

namespace whittle::comparison {

// Aspects as docs/formats.md lists them: "env" by variable, "label" by name, "entrypoint", "history" by
// entry, ….
void compare_configs(const layers::ImageConfig& a, const layers::ImageConfig& b, const Where& where,
                     Findings& findings);
// All but layers and what the digests stand for.
void compare_manifests(const layers::Manifest& a, const layers::Manifest& b, const Where& where,
                       Findings& findings);

}  // namespace whittle::comparison
