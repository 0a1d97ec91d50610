// Which module of a Go binary a package belongs to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "binaries/build_info.hpp"

namespace whittle::attribution {

class PackageModules {
 public:
  static constexpr std::string_view standard_library = "standard library";
  static constexpr std::string_view unknown_module = "unknown module";

  // Without build information there is no module but the standard library.
  explicit PackageModules(const std::optional<binaries::BuildInfo>& info);

  // "example.com/text v1.0.0", with the module whose bytes are there behind an arrow where it was replaced:
  // the one with the longest path that the package's begins with. Of "main" the one that holds the program.
  std::string of(std::string_view package) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;  // by path
  std::string main_path_;
};

// The package that a symbol is there for: that of its name, or of the type that a name of the compiler
// tells of ("type:.eq.example.com/text.Line"). Empty when it says nothing.
std::string package_of(std::string_view symbol);

}  // namespace whittle::attribution
