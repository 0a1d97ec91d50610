// What of the build information of a program, which anybody may have written, steers building it again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/build_info.hpp"

namespace whittle::optimizer {

// Every value was checked against a list of what is allowed, and is passed on as data: none names a program, a
// file or an address (hostile.md, 247).
struct ForeignSettings {
  std::string go_version = {};  // "1.26.8"; "" where the record names no release
  std::string package = {};     // import path of the main package; "" for none that go takes
  std::vector<std::string> flags = {};      // of `go build`, one argument each; without -ldflags
  std::vector<std::string> variables = {};  // NAME=VALUE, sorted
  std::optional<std::vector<std::string>> linker_flags = {};  // nothing where go did not record them
  bool trimpath = false;
  std::string revision = {};             // the commit that -buildvcs names; "" without
  std::vector<std::string> notable = {};    // how it was built otherwise than whittle does, in words; escaped
  std::vector<std::string> obstacles = {};  // what is not passed on, and why, in words; escaped
};

ForeignSettings read_foreign_settings(const binaries::BuildInfo& info);

// The arguments in a recorded -ldflags. Nothing when one is not among -s, -w, -buildid= and -X NAME=VALUE.
std::optional<std::vector<std::string>> allowed_linker_flags(std::string_view text);

}  // namespace whittle::optimizer
