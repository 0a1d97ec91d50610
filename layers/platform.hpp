// A platform an image runs on (image-spec, image-index.md, "platform").
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace whittle::layers {

// A value in normal form: Go's names, "arm64" without variant for v8, "arm" with one.
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;     // "" when it says nothing beyond the architecture's default
  std::string os_version;  // carried, not compared by matches()

  // Reads os/architecture[/variant], with the usual other names (x86_64, aarch64, armhf) normalised.
  // Error(usage) for what is not of that form.
  static Platform parse(std::string_view text);
  // The same normal form for fields that come from a document.
  static Platform normal(std::string_view os, std::string_view architecture, std::string_view variant,
                         std::string os_version = {});

  // os/architecture[/variant], escaped: a document may state anything.
  std::string text() const;
  bool matches(const Platform& wanted) const;
  // Whether what was built for this platform runs on `machine`: the same one, or a lower level of the
  // architecture (amd64 on amd64/v3, arm/v6 on arm/v7).
  bool runs_on(const Platform& machine) const;
  auto operator<=>(const Platform&) const = default;
};

}  // namespace whittle::layers
