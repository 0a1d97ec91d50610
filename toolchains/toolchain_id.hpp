// A Go toolchain by name: the module golang.org/toolchain, whose versions are the releases for each platform.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toolchains/go_version.hpp"

namespace whittle::toolchains {

inline constexpr std::string_view toolchain_module = "golang.org/toolchain";

struct ToolchainId {
  GoVersion version;
  std::string os;  // of the machine it runs on, as go names it
  std::string architecture;

  std::string module_version() const;  // "v0.0.1-go1.26.8.linux-amd64"
  std::string text() const;            // "go1.26.8 (linux/amd64)"
  // The toolchain of a version of the module; nothing when it is none.
  static std::optional<ToolchainId> parse(std::string_view module_version);
};

}  // namespace whittle::toolchains
