// Whose code a package of a Go binary is: the program's own, a dependency's, or Go's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/build_info.hpp"

namespace whittle::comparison {

enum class Origin : std::uint8_t { program, dependency, toolchain };

// Knows the modules of the build information; without it, the form of the import path decides.
class PackageOrigins {
 public:
  explicit PackageOrigins(const std::optional<binaries::BuildInfo>& info);
  Origin of(std::string_view package) const;

 private:
  std::string main_module_;
  std::vector<std::string> dependencies_;
};

// Whether the package is the module's own folder or lies below it.
bool is_of_module(std::string_view package, std::string_view module);

}  // namespace whittle::comparison
