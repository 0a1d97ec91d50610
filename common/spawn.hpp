// Starts another program and leaves it to the caller, who reaps it: what run() (subprocess.hpp) is made of.
#pragma once

#include <sys/types.h>

#include "common/file.hpp"
#include "common/subprocess.hpp"

namespace whittle {

struct Pipe {
  Fd read_end;
  Fd write_end;
};
// Error(io) when there are too many descriptors.
Pipe make_pipe();

// Of the command counts what is run, its environment and its folder. In a process group of its own, with the
// descriptors as its streams (no input is /dev/null), no other that is not to be inherited, and no signal
// blocked or ignored. Error(not_found) when there is no such program, Error(io) when it cannot be started.
// Safe to call from several threads.
pid_t spawn(const Command& command, const Fd& input, const Fd& output, const Fd& errors);

}  // namespace whittle
