// Unpacks the module of a Go toolchain as the go command does (cmd/go/internal/toolchain, Exec), hardened:
// this is one of the few places where a foreign archive becomes files.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "toolchains/module_zip.hpp"

namespace whittle::toolchains {

// Writes the files of the zip into the empty folder `root` with that many threads, and returns the zip's
// `h1:` hash, taken of the same bytes in the same pass. What is in the folder may be used only when that hash
// is the expected one.
//
// What is made, toolchain_folder.hpp says; folders stay writable until `seal_folders`. `advance` learns,
// from any thread, of bytes written. Memory: per thread, the largest file packed and unpacked.
std::string unpack_toolchain(const ModuleZip& zip, const std::filesystem::path& root, unsigned threads,
                             const std::stop_token& stop,
                             const std::function<void(std::uint64_t)>& advance = {});

// Makes the folder and all folders in it read-only (0555).
void seal_folders(const std::filesystem::path& root);
// Removes a folder and what is in it, sealed or not. Follows no link. Does nothing when it is not there.
void remove_sealed(const std::filesystem::path& root);

}  // namespace whittle::toolchains
