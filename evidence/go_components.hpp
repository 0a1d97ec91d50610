// The modules in a Go program, as its build information names them.
#pragma once

#include <string>
#include <vector>

#include "binaries/build_info.hpp"
#include "common/digest.hpp"
#include "evidence/component.hpp"

namespace whittle::evidence {

// The program itself first, then its main module, what that uses, and the standard library, which every
// program has (hostile 249). `path` is where it lies in the image.
std::vector<Component> components_of(const binaries::BuildInfo& info, const std::string& path,
                                     const Digest& digest);

}  // namespace whittle::evidence
