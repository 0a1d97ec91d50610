// What a package would have run when it is installed. Nothing is: what matters is done by a built-in, what
// does nothing in a new image is known by name, and the rest is reported (hostile 261).
#pragma once

#include <string>
#include <vector>

#include "packages/deb_file.hpp"

namespace whittle::packages {

struct ScriptJudgement {
  bool covered = false;  // done by a built-in, or nothing to do
  std::string text;      // one line, escaped
};

// One for each script that an installation runs (preinst, config, postinst) and for the triggers. What a
// script that is not covered would have done is told by the programs it names: diversions, overridden modes,
// users, alternatives.
std::vector<ScriptJudgement> judge_scripts(const std::string& package, const DebFile& file);

}  // namespace whittle::packages
