// Which packages of a program the compiler inlines calls in, as arguments for go.
//
// Without inlining (`-l`) of a package, no call in it is replaced by the function's body, nor any call of its
// functions in other packages: it leaves no bodies for them (cmd/compile/internal/inline, CanInlineFuncs). So
// a package is as fast as before where the packages of the functions that it calls keep inlining as well.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "builder/go_project.hpp"
#include "builder/spec.hpp"

namespace whittle::builder {

// Each the value of one -gcflags, in this order: of those that fit a package go takes the last. Empty where
// everything keeps inlining. `profiled` is what hot_packages() made of the profile. Reads what lists
// the modules of the build: go.mod, go.sum, vendor/modules.txt of the module and its workspace.
std::vector<std::string> inlining_flags(const Inlining& inlining, const GoMain& main,
                                        const std::set<std::string>& profiled);

// Whether this is an import path or a pattern of import paths, as in `go help packages`: "sort",
// "example.com/shop/...". None of a folder, and no word that could be a flag.
bool is_package_pattern(std::string_view text);

}  // namespace whittle::builder
