// The bases that are made of Debian packages, one layer each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/platform.hpp"

namespace whittle::packages {

struct Base {
  std::string_view name;
  std::string_view what;
  std::vector<std::string> exact;      // packages alone: what they depend on serves their scripts and tools
  std::vector<std::string> closed;     // packages with all that they depend on
  std::vector<std::string> built_ins;  // beyond those that packages bring
  std::vector<std::string> path;       // folders that PATH has more
};

//   static  certificates, time zones, users, names of services, protocols and media types: for static
//   programs base    static, and libc for programs that use cgo; more libraries by `packages` debug   static,
//   and a shell with its tools in /busybox
std::span<const Base> bases();
// Nothing when there is none of that name.
const Base* find_base(std::string_view name);

// Debian's word for what a platform's programs run on; nothing when Debian has none.
std::optional<std::string> debian_architecture(const layers::Platform& platform);

}  // namespace whittle::packages
