// A commit as a work tree in which git may be run by others: nothing in it names a program.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "builder/git.hpp"

namespace whittle::optimizer {

// Writes the commit into `into`, which exists and is empty. Its `.git` is one of ours: the objects are those of
// the repository, and the tags, which go takes versions from; no configuration, hook or filter (hostile.md, 39).
// git finds nothing modified in it. Error(not_found) for a commit that the repository does not have,
// Error(unsupported) without git.
void check_out_sealed(const builder::GitCheckout& from, const std::string& commit,
                      const std::filesystem::path& into, const std::filesystem::path& git,
                      const std::stop_token& stop);

}  // namespace whittle::optimizer
