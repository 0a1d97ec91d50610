#include "builder/go_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "builder/c_compiler.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

// Choose where modules come from, never which bytes: those are held by go.sum.
constexpr std::array<std::string_view, 5> source_names = {"GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOPROXY",
                                                          "GOSUMDB"};

// Reach the network or a credential without HOME; no compiler reads them.
constexpr std::array<std::string_view, 20> transport_names = {
    "ALL_PROXY",      "GIT_ASKPASS",   "GIT_CONFIG_COUNT", "GIT_SSH",      "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO", "HTTPS_PROXY",   "HTTP_PROXY",       "NETRC",        "NO_PROXY",
    "SSH_ASKPASS",    "SSH_AGENT_PID", "SSH_AUTH_SOCK",    "SSL_CERT_DIR", "SSL_CERT_FILE",
    "all_proxy",      "http_proxy",    "https_proxy",      "no_proxy",     "GIT_CONFIG_GLOBAL"};

fs::path user_settings_file(const Host& host) {
  if (const auto named = host.variable("GOENV")) return *named == "off" ? fs::path() : fs::path(*named);
  if (const auto config = host.variable("XDG_CONFIG_HOME")) return fs::path(*config) / "go" / "env";
  return host.home.empty() ? fs::path() : host.home / ".config" / "go" / "env";
}

// Settings as the user's own go sees them: the environment, then the file that `go env -w` writes. whittle
// takes from it only where modules come from.
class UserSettings {
 public:
  explicit UserSettings(const Host& host) : host_(host) {
    try {
      const auto file = user_settings_file(host);
      if (!file.empty()) text_ = read_file_if_present(file, 1U << 20U).value_or("");
    } catch (const Error&) {
      // One that cannot be read sets nothing.
    }
  }

  std::optional<std::string> find(std::string_view name) const {
    if (auto value = host_.variable(name)) return value;
    std::string_view rest = text_;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const auto equals = line.find('=');
      if (equals != std::string_view::npos && line.substr(0, equals) == name)
        return std::string(line.substr(equals + 1));
    }
    return std::nullopt;
  }

 private:
  const Host& host_;
  std::string text_;
};

}  // namespace

fs::path module_cache_of(const Host& host, const fs::path& fallback) {
  const UserSettings settings(host);
  if (const auto folder = settings.find("GOMODCACHE")) return *folder;
  if (const auto path = settings.find("GOPATH"))
    return fs::path(path->substr(0, path->find(':'))) / "pkg" / "mod";
  return host.home.empty() ? fallback : host.home / "go" / "pkg" / "mod";
}

fs::path build_cache_of(const Host& host, const fs::path& fallback) {
  return host.variable("GOCACHE").value_or(fallback.native());
}

std::vector<std::pair<std::string, std::string>> module_source_settings(const Host& host) {
  const UserSettings user(host);
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto name : source_names)
    if (const auto value = user.find(name)) settings.emplace_back(name, *value);
  return settings;
}

std::vector<std::string> instruction_set(const layers::Platform& platform) {
  const auto& variant = platform.variant;
  if (platform.architecture == "amd64") return {fmt::format("GOAMD64={}", variant.empty() ? "v1" : variant)};
  if (platform.architecture == "arm64")
    return {fmt::format("GOARM64={}", variant.empty() || variant == "v8"       ? "v8.0"
                                      : variant.find('.') == std::string::npos ? variant + ".0"
                                                                               : variant)};
  if (platform.architecture == "arm")
    return {fmt::format("GOARM={}", variant.size() == 2 ? variant.substr(1) : "7")};
  if (platform.architecture == "386") return {"GO386=sse2"};
  if (platform.architecture.starts_with("mips64")) return {"GOMIPS64=hardfloat"};
  if (platform.architecture.starts_with("mips")) return {"GOMIPS=hardfloat"};
  if (platform.architecture.starts_with("ppc64")) return {"GOPPC64=power8"};
  if (platform.architecture == "riscv64") return {"GORISCV64=rva20u64"};
  return {};
}

std::vector<std::string> go_environment(const Host& host, const GoToolchain& go, const GoFolders& folders,
                                        const layers::Platform& platform, const fs::path& workspace,
                                        bool vendored, const std::optional<CgoSettings>& cgo) {
  std::vector<std::string> environment = {
      fmt::format("PATH={}:{}", (go.root / "bin").native(),
                  cgo ? compiler_path(cgo->driver) : std::string("/usr/local/bin:/usr/bin:/bin")),
      fmt::format("GOROOT={}", go.root.native()),
      fmt::format("GOCACHE={}", folders.build_cache.native()),
      fmt::format("GOMODCACHE={}", folders.module_cache.native()),
      fmt::format("GOPATH={}", (folders.temporary / "gopath").native()),
      fmt::format("HOME={}", folders.temporary.native()),
      fmt::format("TMPDIR={}", folders.temporary.native()),
      fmt::format("GOOS={}", platform.os),
      fmt::format("GOARCH={}", platform.architecture),
      fmt::format("GOWORK={}", workspace.empty() ? "off" : workspace.native()),
      fmt::format("GOFLAGS=-mod={}", vendored ? "vendor" : "readonly"),
      "GOENV=off",
      "GOTOOLCHAIN=local",
      "GIT_TERMINAL_PROMPT=0",
      "LC_ALL=C",
  };
  if (cgo)
    environment.insert(environment.end(), cgo->environment.begin(), cgo->environment.end());
  else
    environment.emplace_back("CGO_ENABLED=0");
  for (auto& text : instruction_set(platform)) environment.push_back(std::move(text));
  for (const auto& [name, value] : module_source_settings(host))
    environment.push_back(fmt::format("{}={}", name, value));
  for (const auto& [name, value] : host.environment) {
    const bool git_config = name.starts_with("GIT_CONFIG_KEY_") || name.starts_with("GIT_CONFIG_VALUE_");
    if (git_config ||
        std::find(transport_names.begin(), transport_names.end(), name) != transport_names.end())
      environment.push_back(fmt::format("{}={}", name, value));
  }
  std::error_code ignored;
  if (!host.variable("NETRC") && !host.home.empty() && fs::exists(host.home / ".netrc", ignored))
    environment.push_back(fmt::format("NETRC={}", (host.home / ".netrc").native()));
  std::sort(environment.begin(), environment.end());
  return environment;
}

std::vector<std::string> garbage_collection(std::uint64_t memory, unsigned jobs) {
  constexpr std::uint64_t worthwhile =
      512ULL << 20U;  // bytes; below it, a large package would be collected all the time
  const std::uint64_t share = memory / (jobs + 2ULL);
  if (share < worthwhile) return {"GOGC=400"};
  return {"GOGC=off", fmt::format("GOMEMLIMIT={}", share)};
}

void make_private_home(const fs::path& folder) {
  const fs::path telemetry = folder / ".config" / "go" / "telemetry";
  make_directories(telemetry);
  write_file(telemetry / "mode", "off\n", AtomicFile::Durability::content);
}

std::vector<std::string> ignored_variables(const Host& host) {
  static constexpr std::array<std::string_view, 24> known = {
      "AR",          "CC",          "CGO_CFLAGS",  "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_ENABLED",
      "CGO_LDFLAGS", "CXX",         "GO111MODULE", "GOAMD64",      "GOARCH",       "GOARM64",
      "GOAUTH",      "GOCACHEPROG", "GODEBUG",     "GOEXPERIMENT", "GOFIPS140",    "GOFLAGS",
      "GOINSECURE",  "GOOS",        "GOROOT",      "GOTOOLCHAIN",  "GOTOOLDIR",    "GOVCS"};
  std::vector<std::string> names;
  for (const auto name : known)
    if (host.variable(name)) names.emplace_back(name);
  return names;
}

}  // namespace whittle::builder
