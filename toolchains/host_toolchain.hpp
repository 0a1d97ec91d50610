// Whether a Go that is installed on this machine is, file by file, the toolchain that a lock names.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "toolchains/toolchain_id.hpp"

namespace whittle::toolchains {

// Hashes what the toolchain's module has of a GOROOT: everything but the folders api, doc, misc and test,
// which go does not read, with each go.mod under the name _go.mod (cmd/distpack). One file more, fewer or
// other there is no match, nor is a link. In go.env, GOTOOLCHAIN=local counts as the default
// GOTOOLCHAIN=auto: distributions set it, and whoever runs a toolchain of whittle's sets that variable. False
// as well when a file cannot be read or changes meanwhile. Reads all of some 220 MB; the caller may remember
// the answer. Error(interrupted) alone is thrown.
bool host_toolchain_matches(const std::filesystem::path& goroot, const ToolchainId& id,
                            const std::string& hash, unsigned threads, const std::stop_token& stop);

}  // namespace whittle::toolchains
