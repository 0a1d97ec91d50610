#include "toolchains/go_sources.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/subprocess.hpp"
#include "toolchains/database_key.hpp"

namespace whittle::toolchains {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_answer = 256U << 10U;

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

bool is_program(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

void fill(GoSources& sources, const GoSources& more) {
  if (sources.goproxy.empty()) sources.goproxy = more.goproxy;
  if (sources.gosumdb.empty()) sources.gosumdb = more.gosumdb;
  if (sources.module_cache.empty()) sources.module_cache = more.module_cache;
  if (sources.goroot.empty()) sources.goroot = more.goroot;
}

bool is_complete(const GoSources& sources) {
  const bool has_key = sources.gosumdb.find('+') != std::string::npos || !sources.goroot.empty();
  return !sources.goproxy.empty() && !sources.gosumdb.empty() && !sources.module_cache.empty() && has_key;
}

GoSources from_environment(const Environment& environment) {
  GoSources sources{variable(environment, "GOPROXY"),
                    variable(environment, "GOSUMDB"),
                    variable(environment, "GOMODCACHE"),
                    {}};
  // cmd/go, "go help gopath": the first element of GOPATH, by default `go` in the home folder.
  const auto gopath = variable(environment, "GOPATH");
  const auto home = variable(environment, "HOME");
  const auto first = gopath.empty() && !home.empty() ? home + "/go" : gopath.substr(0, gopath.find(':'));
  if (sources.module_cache.empty() && !first.empty()) sources.module_cache = fs::path(first) / "pkg" / "mod";
  if (!sources.module_cache.is_absolute()) sources.module_cache.clear();
  return sources;
}

// What go says with the settings that its user made (`go env -w`), from a folder of no module.
std::optional<GoSources> ask(const fs::path& go, const Environment& environment,
                             const std::stop_token& stop) {
  Command command;
  command.argv = {go.native(), "env", "-json", "GOPROXY", "GOSUMDB", "GOMODCACHE", "GOROOT"};
  command.environment = {"GOTOOLCHAIN=local"};
  for (const auto* name : {"HOME", "XDG_CONFIG_HOME", "GOENV", "GOPATH"})
    if (const auto value = variable(environment, name); !value.empty())
      command.environment.push_back(std::string(name) + '=' + value);
  command.directory = "/";
  command.output_limit = largest_answer;
  command.time_limit = 10s;
  try {
    const auto outcome = run(command, stop);
    if (outcome.succeeded()) return read_go_env(outcome.output);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
  return std::nullopt;
}

}  // namespace

GoSources read_go_env(std::string_view json) {
  const auto document = parse_json(json, "the output of `go env`", ErrorKind::toolchain, {largest_answer, 4});
  if (!document.is_object()) throw Error(ErrorKind::toolchain, "the output of `go env` is no object");
  const auto text = [&](const char* name) {
    const auto found = document.find(name);
    auto value = found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
    return value.find('\0') == std::string::npos ? value : std::string();
  };
  GoSources sources{text("GOPROXY"), text("GOSUMDB"), text("GOMODCACHE"), text("GOROOT")};
  if (!sources.module_cache.is_absolute()) sources.module_cache.clear();
  if (!sources.goroot.is_absolute()) sources.goroot.clear();
  return sources;
}

std::vector<fs::path> find_go_commands(const Environment& environment) {
  std::vector<fs::path> commands;
  const auto add = [&](const fs::path& folder) {
    if (const auto go = folder / "go"; folder.is_absolute() && is_program(go)) commands.push_back(go);
  };
  const auto path = variable(environment, "PATH");
  for (std::string_view rest = path; !rest.empty();) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    add(fs::path(folder));
  }
  add("/usr/local/go/bin");
  add("/usr/lib/go/bin");
  return commands;
}

GoSources find_go_sources(GoSources stated, const Environment& environment, const std::stop_token& stop) {
  fill(stated, from_environment(environment));
  for (const auto& go : find_go_commands(environment)) {
    if (is_complete(stated)) break;
    if (const auto answer = ask(go, environment, stop)) fill(stated, *answer);
  }
  return stated;
}

FindKey key_finder(const GoSources& sources) {
  return [goroot = sources.goroot](const std::string& name) -> std::optional<VerifierKey> {
    if (goroot.empty()) return std::nullopt;
    return find_database_key(goroot, name);
  };
}

}  // namespace whittle::toolchains
