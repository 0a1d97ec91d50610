// The system calls that a program of an image is refused (runtime-spec, config-linux.md, "Seccomp").
#pragma once

#include <string>

#include "common/json.hpp"

namespace whittle::running {

// Those that administrate the kernel, make namespaces or reach into other processes: no service needs them,
// and the holes of past years were there. They fail with EPERM. `architecture` in Go's names.
Json refused_calls(const std::string& architecture);

}  // namespace whittle::running
