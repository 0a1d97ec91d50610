// A clock that shows another time to a program and to all that it starts.
#pragma once

#include <cstdint>

namespace whittle::optimizer {

// Starts the program and waits for it, watching it with ptrace(2): the vDSO of each process is changed as it
// starts (vdso_patch.hpp), and a seccomp filter stops the calls that ask the kernel for the time of day;
// either adds `shift` seconds to the answer. That is clock_gettime of CLOCK_REALTIME and
// CLOCK_REALTIME_COARSE, gettimeofday, time. Clocks that count from the start of the machine stay, and so do
// the times of files. The program gains no privileges by set-user-ID bits.
//
// Returns the exit code, 128 and the signal's number when one ended it. What it leaves running ends with it.
// The calling process must have one thread and no children. Error(unsupported) where the kernel allows none
// of this, and on other architectures than x86-64 and arm64; Error(not_found) when there is no such program.
int run_with_shifted_clock(std::int64_t shift, char** argv, char** environment);

}  // namespace whittle::optimizer
