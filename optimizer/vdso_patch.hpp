// The code that the kernel maps into every program tells the time without a system call (vdso(7)). This
// changes that of another program, so that it tells another time of day. (Were each question sent to the
// kernel instead and answered by whoever watches, compiling would take twice as long: Go's compiler asks
// millions of times.)
#pragma once

#include <cstdint>
#include <vector>

namespace whittle::optimizer {

struct VdsoPatch {
  std::uint64_t offset;              // from where the vDSO begins
  std::vector<std::uint64_t> words;  // that belong there
};

// For programs with the vDSO of this process: clock_gettime adds `shift` seconds to the time of day and
// leaves all other clocks alone; gettimeofday and time, which are seldom asked, become system calls. Empty
// where the vDSO is none that is understood, or the shift is beyond 32 bits: then it has to be hidden.
std::vector<VdsoPatch> time_of_day_patches(std::int64_t shift);

// The first words of this process's vDSO; those of another begin otherwise.
std::vector<std::uint64_t> vdso_header();

}  // namespace whittle::optimizer
