#include "layers/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

// What `go tool dist list` knows (go1.26), and so what an image can be asked for.
constexpr std::array<std::string_view, 14> known_systems = {
    "linux", "windows", "darwin",  "freebsd", "netbsd", "openbsd", "dragonfly",
    "aix",   "android", "illumos", "ios",     "plan9",  "solaris", "wasip1"};
constexpr std::array<std::string_view, 14> known_architectures = {
    "amd64",   "arm64",    "arm",    "386",    "ppc64le", "s390x", "riscv64",
    "loong64", "mips64le", "mips64", "mipsle", "mips",    "ppc64", "wasm"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_component(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

template <class Known>
void require_known(const Known& known, const std::string& value, std::string_view what,
                   std::string_view text) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  Error error(ErrorKind::unsupported,
              fmt::format("{} {} of platform {} is unknown", what, shown(value), shown(text)));
  error.hint(fmt::format("known are {}", fmt::join(known, ", ")));
  throw error;
}

// Other names for Go's, and the variant that such a name implies.
void rename_architecture(std::string& architecture, std::string& variant) {
  if (architecture == "x86_64" || architecture == "x86-64") architecture = "amd64";
  if (architecture == "aarch64") architecture = "arm64";
  if (architecture == "i386" || architecture == "i486" || architecture == "i586" || architecture == "i686")
    architecture = "386";
  if (architecture == "armhf" || architecture == "armel") {
    if (variant.empty()) variant = architecture == "armhf" ? "v7" : "v6";
    architecture = "arm";
  }
}

// The level of an architecture, in tenths: v1 → 10, v8.2 → 82; an absent variant is the lowest one that Go
// knows. Nothing for variants that are no levels.
std::optional<unsigned> level_of(const Platform& platform) {
  std::string_view text = platform.variant;
  if (text.empty()) return platform.architecture == "arm64" ? 80 : 10;
  if (!text.starts_with('v') || text.size() < 2 || !is_digit(text[1])) return std::nullopt;
  const unsigned whole = static_cast<unsigned>(text[1] - '0') * 10;
  if (text.size() == 2) return whole;
  if (text.size() == 4 && text[2] == '.' && is_digit(text[3]))
    return whole + static_cast<unsigned>(text[3] - '0');
  return std::nullopt;
}

}  // namespace

Platform Platform::parse(std::string_view text) {
  const std::string lowered = lower_case(text);
  std::vector<std::string> parts(1);
  for (const char c : lowered) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (parts.size() < 2 || parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), is_component)) {
    Error error(ErrorKind::usage, fmt::format("{} is not a platform", shown(text)));
    error.hint("a platform is os/architecture or os/architecture/variant, such as linux/arm64");
    throw error;
  }
  Platform platform = normal(parts[0], parts[1], parts.size() == 3 ? parts[2] : "");
  require_known(known_systems, platform.os, "the operating system", text);
  require_known(known_architectures, platform.architecture, "the architecture", text);
  return platform;
}

Platform Platform::normal(std::string_view os, std::string_view architecture, std::string_view variant,
                          std::string os_version) {
  Platform platform{lower_case(os), lower_case(architecture), lower_case(variant), std::move(os_version)};
  if (platform.os == "macos") platform.os = "darwin";
  rename_architecture(platform.architecture, platform.variant);
  if (platform.architecture == "arm") {
    // Written "7" by some, and absent for v7, by the convention of the registries' clients.
    if (platform.variant.empty()) platform.variant = "v7";
    if (platform.variant.size() == 1 && platform.variant[0] >= '5' && platform.variant[0] <= '8')
      platform.variant.insert(0, "v");
  }
  if (platform.architecture == "arm64" && (platform.variant == "v8" || platform.variant == "8"))
    platform.variant.clear();
  if (platform.architecture == "amd64" && platform.variant == "v1") platform.variant.clear();
  return platform;
}

std::string Platform::text() const {
  return escaped(variant.empty() ? fmt::format("{}/{}", os, architecture)
                                 : fmt::format("{}/{}/{}", os, architecture, variant));
}

bool Platform::matches(const Platform& wanted) const {
  return os == wanted.os && architecture == wanted.architecture && variant == wanted.variant;
}

bool Platform::runs_on(const Platform& machine) const {
  if (matches(machine)) return true;
  if (os != machine.os || architecture != machine.architecture) return false;
  const auto level = level_of(*this);
  const auto offered = level_of(machine);
  return level && offered && *level <= *offered;
}

}  // namespace whittle::layers
