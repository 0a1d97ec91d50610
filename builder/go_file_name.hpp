// What the name of a file alone tells go about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "layers/platform.hpp"

namespace whittle::builder {

// Whether go leaves a file out because of its name, whatever it holds: name_windows.go, name_arm64.s, and so
// on, for another system than `platform` and without a build tag of that name. Errs on the side of false: a
// system that is not known here counts as no system.
bool is_for_another_system(std::string_view name, const layers::Platform& platform,
                           const std::vector<std::string>& tags);

}  // namespace whittle::builder
