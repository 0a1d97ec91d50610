// Gives the frames of a Go program's traces their files and lines back.
#pragma once

#include <cstdint>

#include "common/bytes.hpp"
#include "optimizer/restored_program.hpp"

namespace whittle::optimizer {

struct Symbolized {
  std::uint64_t frames = 0;   // that have got a place
  std::uint64_t unknown = 0;  // that stay as they are
};

// Copies `trace` to `out`, with the place of every frame that stands there as `?:0`: of panics, dumps of
// goroutines and debug.Stack, one after another, also where other lines come between, and behind a prefix
// that ends in a blank. Whatever else there is passes through unchanged. Keeps at most 512 KiB.
Symbolized symbolize(ByteSource& trace, ByteSink& out, RestoredProgram& program);

}  // namespace whittle::optimizer
