// Which manifest of an index a command is about.
#pragma once

#include <string>

#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::cli {

// Of the platform that is asked for; when none is (""), the only one there is, or the host's.
// Error(not_found) when there is none.
layers::Descriptor wanted_manifest(const layers::Document& root, const std::string& platform);

}  // namespace whittle::cli
