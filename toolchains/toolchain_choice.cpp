#include "toolchains/toolchain_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "toolchains/toolchain_id.hpp"

namespace whittle::toolchains {
namespace {

// The newest version that `fits`, a release before any pre-release.
template <class Fits>
std::optional<GoVersion> newest(const std::vector<GoVersion>& versions, const Fits& fits) {
  std::optional<GoVersion> best;
  for (const auto& version : versions) {
    if (version.is_language() || !fits(version)) continue;
    const bool better =
        !best || (best->is_prerelease() != version.is_prerelease() ? best->is_prerelease() : *best < version);
    if (better) best = version;
  }
  return best;
}

GoVersion newest_of_language(const GoVersion& wanted, const std::vector<GoVersion>& listed,
                             std::string_view who) {
  const auto found = newest(
      listed, [&](const GoVersion& version) { return version.same_language(wanted) && version >= wanted; });
  if (found) return *found;
  throw Error(ErrorKind::toolchain,
              fmt::format("{} asks for Go {}, and no such release can be fetched for this platform", who,
                          wanted.text()))
      .hint("name a released version as `version` below `go` in the spec");
}

GoVersion newest_of_all(const std::vector<GoVersion>& listed) {
  const auto found = newest(listed, [](const GoVersion& version) { return !version.is_prerelease(); });
  if (found) return *found;
  throw Error(ErrorKind::toolchain, "no release of Go can be fetched for this platform");
}

}  // namespace

GoVersion choose_version(const VersionWish& wish, const std::function<std::vector<GoVersion>()>& listed) {
  const auto& minimum = wish.lines.go;
  const auto who = escaped(wish.lines_of, false, 4096);
  if (wish.spec) {
    auto version =
        wish.spec->is_language() ? newest_of_language(*wish.spec, listed(), "the spec") : *wish.spec;
    if (minimum && version < *minimum)
      throw Error(ErrorKind::toolchain, fmt::format("the spec pins Go {}, but {} asks for at least {}",
                                                    version.text(), who, minimum->text()))
          .hint(fmt::format("pin Go {} or later in the spec, or lower the `go` line", minimum->text()));
    return version;
  }
  const auto& toolchain = wish.lines.toolchain;
  if (toolchain && !(minimum && *toolchain < *minimum))
    return toolchain->is_language() ? newest_of_language(*toolchain, listed(), who) : *toolchain;
  if (minimum && minimum->is_at_least_1_21()) return newest_of_language(*minimum, listed(), who);
  return newest_of_all(listed());
}

std::vector<GoVersion> versions_for(const std::vector<std::string>& module_versions, std::string_view os,
                                    std::string_view architecture) {
  std::vector<GoVersion> versions;
  for (const auto& text : module_versions) {
    const auto id = ToolchainId::parse(text);
    if (id && id->os == os && id->architecture == architecture) versions.push_back(id->version);
  }
  std::sort(versions.begin(), versions.end());
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

}  // namespace whittle::toolchains
