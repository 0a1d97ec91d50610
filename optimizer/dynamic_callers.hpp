// Where a call of a method by its name stands in the sources.
#pragma once

#include <string>
#include <vector>

#include "builder/go_list.hpp"

namespace whittle::optimizer {

// The compiler marks the function that such a call ended up in, which may be one that the call was inlined
// into. The nearest package whose files have one: `package` itself, or one that it imports. Import path;
// empty when none is found. Reads each file at most once.
std::string origin_of_call(const std::vector<builder::ListedPackage>& packages, const std::string& package);

}  // namespace whittle::optimizer
