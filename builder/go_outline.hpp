// The part of a Go source file that can change what `go list` says of its package.
#pragma once

#include <string_view>

#include "common/sha256.hpp"

namespace whittle::builder {

// A digest over everything from the file's start to the end of its imports, and further to the end of the
// last line with a go:embed directive if there is one. Two files with the same outline have the same build
// constraints, package clause, imports (a cgo preamble included), settings and embed patterns. A file that is
// not understood is its own outline, whole. Never fails; takes time linear in the size.
Sha256 outline_of(std::string_view source);

}  // namespace whittle::builder
