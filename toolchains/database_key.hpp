// Finds the key of a checksum database in an installation of Go, of any age since 1.13: its go command has
// the key of its default database in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "toolchains/signed_note.hpp"

namespace whittle::toolchains {

// The key of the database `name` below a GOROOT: in the source of its go command, else in the command itself.
// Nothing when it is not there, or nothing there is readable.
std::optional<VerifierKey> find_database_key(const std::filesystem::path& goroot, const std::string& name);

// The first valid key of that name in a text.
std::optional<VerifierKey> find_key_in(std::string_view text, const std::string& name);

}  // namespace whittle::toolchains
