// What this machine has to spare.
#pragma once

#include <cstdint>

namespace whittle {

// Bytes of memory that this process and its children may take without swapping: what the kernel calls
// available, or less where a control group (version 1 or 2) allows less. 0 when it cannot be found out.
std::uint64_t available_memory();

}  // namespace whittle
