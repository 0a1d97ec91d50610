// What the bytes of an ELF file are there for: sections; in a Go program modules, packages and functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "attribution/node.hpp"
#include "binaries/random_access.hpp"
#include "layers/compressed_positions.hpp"

namespace whittle::attribution {

// How far down a tree goes. With files, programs are not looked into. With packages it is small enough that
// none is ever too small for a node.
enum class Detail : std::uint8_t { files, packages, functions };

// The tree below an ELF file, whose sizes add up to the file's: each byte counts once, whatever the file says
// of itself. `positions` tells what the bytes cost. Works on stripped Go programs (Go 1.18 and later),
// position independent ones and such with C code. What is broken or unknown is "unattributed", or a section
// without parts: never fails for it, Error(io) alone leaves. About `most_nodes` nodes, or none when even the
// sections are too many. Memory: at most about 60 MiB, for the largest function tables that are read.
std::vector<Node> tree_of_elf(const binaries::RandomAccess& file,
                              const layers::CompressedPositions& positions, std::size_t most_nodes,
                              Detail detail = Detail::functions);

}  // namespace whittle::attribution
