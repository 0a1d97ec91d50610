// What the bytes of an ELF file are there for: sections; in a Go program modules, packages and functions.
#pragma once

#include <cstddef>
#include <vector>

#include "attribution/node.hpp"
#include "binaries/random_access.hpp"
#include "layers/compressed_positions.hpp"

namespace whittle::attribution {

// The tree below an ELF file, whose sizes add up to the file's: each byte counts once, whatever the file says of
// itself. `positions` tells what the bytes cost. Works on stripped Go programs (Go 1.18 and later), position
// independent ones and such with C code. What is broken or unknown is "unattributed", or a section without
// parts: never fails for it, Error(io) alone leaves. About `most_nodes` nodes. Memory: at most about 60 MiB, for
// the largest function tables that are read.
std::vector<Node> tree_of_elf(const binaries::RandomAccess& file, const layers::CompressedPositions& positions,
                              std::size_t most_nodes);

}  // namespace whittle::attribution
