// Programs in Go, run with the pinned toolchain, that programs are measured with.
#pragma once

#include <string_view>

namespace whittle::optimizer {

// Run for the go command (-toolexec): has programs linked by the `link` that lies beside it, whose output
// goes to the file `marks` there.
extern const std::string_view relay_source;

// Writes packages that declare what others declare and do nothing, and the overlay that puts them in place.
extern const std::string_view stub_source;

}  // namespace whittle::optimizer
