// Which commands a Go program runs: the names that it hands to os/exec, where the compiler has put them next
// to the call.
#pragma once

#include <set>
#include <string>

#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::closure {

struct GoCommands {
  std::set<std::string> names = {};  // as they are written: "git", "/bin/ls"; at most 1,000
  bool computes_some = false;        // some call has a name that is not constant
};

// On amd64 and arm64; nothing on other machines, of programs without a table of functions, or that lack
// os/exec. What is broken is left out. Reads the code once, in blocks.
GoCommands read_go_commands(const binaries::RandomAccess& file, const binaries::Elf& elf);

}  // namespace whittle::closure
