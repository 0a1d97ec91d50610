// Two Go binaries function by function: what only one has, what grew, what is other code, what was merely
// moved.
#pragma once

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"
#include "comparison/finding.hpp"
#include "comparison/package_origins.hpp"

namespace whittle::comparison {

// What is read of one of the two files. Borrows all.
struct GoCode {
  const binaries::RandomAccess& file;
  const binaries::Elf& elf;
  const binaries::GoFunctions& functions;
};

// One finding for each package in which functions differ ("go-package" for the program's own,
// "go-dependency-package", "go-toolchain-package"), and "go-function" for the first of them, the program's
// own before others', one with another size before one with other bytes. Functions that were merely moved are
// counted in "go-moved-functions". Of functions of one name, the first of A belongs to the first of B. Keeps
// about 20 bytes per function and file.
void compare_functions(const GoCode& a, const GoCode& b, const PackageOrigins& origins, const Where& where,
                       Findings& findings);

}  // namespace whittle::comparison
