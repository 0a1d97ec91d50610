// What Go's runtime knows of a program's own parts (runtime.moduledata), which stays in a stripped binary as
// well. Go 1.18 to 1.27.
#pragma once

#include <cstdint>
#include <optional>

#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct GoModuleData {
  std::uint64_t function_data = 0;  // the address that offsets in the records of functions count from
};

// Found by the addresses of the function table and of the names in it, with which it begins. In a
// position-independent file its words stand in the relocations. Nothing when it is not found; never fails for
// what is broken.
std::optional<GoModuleData> find_module_data(const RandomAccess& file, const Elf& elf,
                                             const GoFunctions& functions);

}  // namespace whittle::binaries
