// Whether a place in code is where a call returns to: otherwise a program that has it on its stack was
// interrupted there.
#pragma once

#include <cstdint>
#include <optional>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

// By the instruction before `address`, on amd64 and arm64. Nothing on another machine, or where there is no
// code. On amd64, whose instructions have no fixed size, it may say yes by accident.
std::optional<bool> follows_call(const RandomAccess& file, const Elf& elf, std::uint64_t address);

}  // namespace whittle::binaries
