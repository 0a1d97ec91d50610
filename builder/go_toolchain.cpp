#include "builder/go_toolchain.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "binaries/random_access.hpp"
#include "common/error.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

bool is_root(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "VERSION", ignored) && fs::is_directory(folder / "pkg" / "tool", ignored);
}

fs::path root_of(const fs::path& program, const Host& host, const std::stop_token& stop) {
  std::error_code ignored;
  const fs::path real = fs::canonical(program, ignored);
  if (!real.empty() && is_root(real.parent_path().parent_path())) return real.parent_path().parent_path();
  Command command;
  command.argv = {program.native(), "env", "GOROOT"};
  command.environment = {fmt::format("PATH={}", host.variable("PATH").value_or("/usr/bin:/bin")),
                         fmt::format("HOME={}", host.home.native()), "GOTOOLCHAIN=local", "GOENV=off", "LC_ALL=C"};
  command.output_limit = 1U << 16U;
  const Outcome outcome = run(command, stop);
  fs::path root = outcome.output.substr(0, outcome.output.find('\n'));
  if (!outcome.succeeded() || !is_root(root)) {
    Error error(ErrorKind::toolchain,
                fmt::format("{} does not lie in a Go installation (no VERSION and pkg/tool beside bin/), and "
                            "`go env GOROOT` names none either: {}",
                            program.native(), shown(outcome.succeeded() ? outcome.output : outcome.errors)));
    throw error.hint("install Go again, whole, and put its bin folder first in PATH");
  }
  return root;
}

// "go1.26.8", or "devel go1.27-…" of a toolchain built from its source.
bool is_version(std::string_view line) {
  return (line.starts_with("go1.") || line.starts_with("devel ")) && line.size() < 200 &&
         std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string version_of(const fs::path& root) {
  const std::string text = binaries::FileAccess(root / "VERSION").read(0, 4096);
  std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  if (!is_version(line)) {
    Error error(ErrorKind::toolchain,
                fmt::format("{} does not state a version of Go; it begins with {}",
                            escaped((root / "VERSION").native(), false, 4096), shown(line)));
    throw error.hint("install Go again, whole");
  }
  if (line.starts_with("go")) line.remove_prefix(2);
  return std::string(line);
}

// Everything whose change could change what comes out, besides the standard library's sources, which are inputs of
// each build like any other package.
Digest identity_of(const fs::path& root, FileStates& states) {
  KeyHasher key;
  const auto add = [&](const fs::path& path) {
    const auto digest = states.file(path.native());
    key.add(path.lexically_relative(root).native()).add(digest ? digest->text() : std::string("absent"));
  };
  add(root / "VERSION");
  add(root / "go.env");
  add(root / "bin" / "go");
  std::vector<fs::path> tools;
  std::error_code ignored;
  for (const auto& platform : fs::directory_iterator(root / "pkg" / "tool", ignored))
    for (const auto& tool : fs::directory_iterator(platform.path(), ignored)) tools.push_back(tool.path());
  std::sort(tools.begin(), tools.end());
  const bool complete = std::any_of(tools.begin(), tools.end(),
                                    [](const fs::path& tool) { return tool.filename() == "compile"; });
  if (!complete)
    throw Error(ErrorKind::toolchain, fmt::format("the Go at {} has no compiler in pkg/tool", root.native()))
        .hint("install Go again, whole");
  for (const auto& tool : tools) add(tool);
  return key.finish();
}

}  // namespace

fs::path Host::find_program(std::string_view name) const {
  const std::string search = variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  std::string_view rest = search;
  while (true) {
    const auto colon = rest.find(':');
    const auto folder = rest.substr(0, colon);
    if (folder.starts_with('/')) {
      fs::path candidate = fs::path(folder) / name;
      std::error_code ignored;
      if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

GoToolchain find_go(const Host& host, const std::string& wanted, FileStates& states, const std::stop_token& stop) {
  const fs::path program = host.find_program("go");
  if (program.empty()) {
    Error error(ErrorKind::toolchain, fmt::format("no `go` was found in PATH ({})",
                                                  shown(host.variable("PATH").value_or("not set"))));
    throw error.hint(fmt::format("install Go {} and put its bin folder into PATH", wanted.empty() ? "1.21 or later" : wanted));
  }
  const fs::path root = root_of(program, host, stop);
  GoToolchain go{root, root / "bin" / "go", version_of(root), identity_of(root, states)};
  if (!wanted.empty() && wanted != go.version) {
    Error error(ErrorKind::toolchain, fmt::format("the spec asks for Go {}, but {} is Go {}", wanted, program.native(),
                                                  shown(go.version)));
    throw error.hint(fmt::format("put Go {} first in PATH, or change `go: version:` in the spec", wanted));
  }
  return go;
}

}  // namespace whittle::builder
