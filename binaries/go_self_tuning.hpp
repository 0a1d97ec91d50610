// What a Go program does by itself about its memory and its processors, as its function table and its modules
// tell.
#pragma once

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::binaries {

struct GoSelfTuning {
  bool sets_memory_limit = false;  // it has debug.SetMemoryLimit in it, which wins over GOMEMLIMIT
  bool sets_gc_percent = false;    // debug.SetGCPercent, which wins over GOGC
  bool automemlimit = false;       // github.com/KimMachineGun/automemlimit is linked
  bool automaxprocs = false;       // go.uber.org/automaxprocs is

  bool operator==(const GoSelfTuning&) const = default;
};

// What is not linked is not there: the linker leaves out functions that nobody calls. Of a table of an
// unknown form only the modules count. Error(integrity), Error(limit) as GoFunctions has them.
GoSelfTuning self_tuning_of(const RandomAccess& file, const Elf& elf, const BuildInfo& info);

}  // namespace whittle::binaries
