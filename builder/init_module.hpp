// `whittle init`: a spec for a module that was never seen, from what its code plainly says.
#pragma once

#include <string>
#include <vector>

#include "builder/init_spec.hpp"
#include "builder/source_scan.hpp"

namespace whittle::builder {

struct ModuleDraft {
  InitSpec spec;
  std::vector<std::string> notes;  // what the user should know, one line each, safe to show
};

// One image for each main package, named after its executable. Error(unsupported) when there is none, or none
// that whittle can build.
ModuleDraft draft_for_module(const SourceScan& scan);

// The `go.version` of a spec: what the toolchain line of go.mod says, else nothing.
Noted go_version_of(const SourceScan& scan);

}  // namespace whittle::builder
