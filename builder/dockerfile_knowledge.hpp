// What is known of images, packages and commands that Dockerfiles name: tables, and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "builder/dockerfile_report.hpp"

namespace whittle::builder {

enum class BaseKind {
  scratch,
  general,    // a distribution, of which a static Go program uses nothing but data
  fixed,      // distroless static and its like: what whittle's `static` is
  debug,      // the same with a shell
  go,         // has Go
  front_end,  // has node and the like
  other,
};
BaseKind kind_of_base(std::string_view reference);
// Whether the image runs as nonroot by itself.
bool is_nonroot_base(std::string_view reference);

// What a package of Alpine, Debian or a Red Hat holds, as far as whittle has the same.
struct KnownPackage {
  std::string_view debian;  // its name in `packages`; "" when it is in `static` or not needed
  std::string_view why;     // when it is not needed
};
std::optional<KnownPackage> known_package(std::string_view name);

// A path that builders are asked for, and that whittle brings itself: certificates, time zones, passwd.
std::optional<KnownPackage> known_path(std::string_view path);

// What a command in RUN is to whittle, when its name is all that matters. `word` is its first argument, ""
// for none.
struct KnownCommand {
  Fate fate;
  std::string_view what;
};
std::optional<KnownCommand> known_command(std::string_view name, std::string_view word);

}  // namespace whittle::builder
