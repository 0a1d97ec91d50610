// How C becomes part of a static program: what its compiler and linker are told.
//
// The flags hold no path, so that a build elsewhere has the same; the compiler and what it links with are in
// the lock.
#pragma once

#include <string>
#include <vector>

#include "builder/c_compiler.hpp"
#include "builder/go_environment.hpp"
#include "builder/spec.hpp"

namespace whittle::builder {

// One argument each.
std::vector<std::string> c_flags(Profile profile);
std::vector<std::string> c_linker_flags(Profile profile);

// What Go's linker is told: to have the C compiler link, and with which flags.
std::vector<std::string> cgo_linker_flags(Profile profile);

// Go resolves names and looks users up by itself: the C library would need files of its own for that.
std::vector<std::string> cgo_tags(std::vector<std::string> tags);

// What the go command is told. Nothing of the host's CC, CGO_CFLAGS or PKG_CONFIG is in it.
CgoSettings cgo_settings(const CCompiler& compiler, Profile profile);

}  // namespace whittle::builder
