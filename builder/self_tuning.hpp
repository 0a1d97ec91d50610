// Whether the programs of an image take care of their memory limit by themselves; looked for once in each
// program.
#pragma once

#include <string>

#include "builder/cache.hpp"
#include "evidence/catalogue.hpp"

namespace whittle::builder {

// "automemlimit", or "debug.SetMemoryLimit", which wins over GOMEMLIMIT; "" when the program has neither. The
// answer is kept in the cache by the program's digest.
std::string own_memory_limit_of(const evidence::OwnProgram& program, Cache& cache);

// Keeps an answer that somebody else found.
void keep_own_memory_limit(const Digest& program, const std::string& answer, Cache& cache);

}  // namespace whittle::builder
