#include "builder/go_toolchain.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "binaries/random_access.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "toolchains/host_toolchain.hpp"
#include "toolchains/toolchain_store.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

using toolchains::LockedToolchain;

LockedToolchain toolchain_of(const LockedGo& locked, const std::string& platform) {
  const auto version = toolchains::GoVersion::parse(locked.version);
  if (!version) throw Error(ErrorKind::spec, fmt::format("the lock's Go {} is no version", locked.version));
  const auto slash = platform.find('/');
  return {{*version, platform.substr(0, slash), platform.substr(slash + 1)}, locked.toolchains.at(platform)};
}

GoToolchain toolchain_in(const fs::path& root, const LockedGo& locked, const LockedToolchain& toolchain) {
  KeyHasher key;
  key.add("toolchain 1").add(locked.version).add(toolchain.hash);
  return {root, root / "bin" / "go", locked.version, key.finish()};
}

// The GOROOT that `go` in PATH lies in, if it is one of that version.
std::optional<fs::path> host_root(const Host& host, const std::string& version) {
  const auto program = host.find_program("go");
  std::error_code ignored;
  const fs::path real = program.empty() ? fs::path() : fs::canonical(program, ignored);
  if (real.empty()) return std::nullopt;
  const fs::path root = real.parent_path().parent_path();
  if (!fs::is_regular_file(root / "VERSION", ignored)) return std::nullopt;
  const std::string text = binaries::FileAccess(root / "VERSION").read(0, 4096);
  if (text.substr(0, text.find('\n')) != "go" + version) return std::nullopt;
  return root;
}

// What has to be the same for an earlier comparison of a GOROOT to count. The sources of packages are not in
// it: they are inputs of each build.
Digest state_of(const fs::path& root, const std::string& hash, FileStates& states, unsigned threads,
                const std::stop_token& stop) {
  KeyHasher key;
  key.add("host go 1").add(hash).add(root.native());
  std::vector<fs::path> files = {root / "VERSION", root / "go.env", root / "bin" / "go"};
  std::error_code ignored;
  for (const auto& platform : fs::directory_iterator(root / "pkg" / "tool", ignored))
    for (const auto& tool : fs::directory_iterator(platform.path(), ignored)) files.push_back(tool.path());
  std::sort(files.begin(), files.end());
  std::vector<std::optional<Digest>> digests(files.size());
  parallel_for(files.size(), threads, stop,
               [&](std::size_t i) { digests[i] = states.file(files[i].native()); });
  for (std::size_t i = 0; i < files.size(); ++i)
    key.add(files[i].native()).add(digests[i] ? digests[i]->text() : std::string("absent"));
  return key.finish();
}

std::optional<fs::path> same_on_host(const LockedToolchain& toolchain, const Host& host, Cache& cache,
                                     FileStates& states, Origins& origins) {
  const auto root = host_root(host, toolchain.id.version.text());
  if (!root) return std::nullopt;
  const auto threads = origins.options().threads;
  const auto key = state_of(*root, toolchain.hash, states, threads, origins.stop());
  auto known = cache.get("host-go", key);
  if (!known) {
    auto task = origins.reporter().start("comparing the Go of this machine with the lock", 0);
    known = toolchains::host_toolchain_matches(*root, toolchain.id, toolchain.hash, threads, origins.stop())
                ? "same"
                : "other";
    task->done(*known == "same" ? "it is the same" : "it is another one, and not used");
    cache.put("host-go", key, *known);
  }
  return *known == "same" ? root : std::nullopt;
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

GoToolchain go_of_lock(const LockedGo& locked, const std::string& platform) {
  auto go = toolchain_in({}, locked, toolchain_of(locked, platform));
  go.program.clear();
  return go;
}

std::optional<GoToolchain> go_at_hand(const LockedGo& locked, const std::string& platform, const Host& host,
                                      Cache& cache, FileStates& states, Origins& origins) {
  const auto toolchain = toolchain_of(locked, platform);
  const toolchains::ToolchainStore kept({cache.folder(), {}, nullptr}, 1, origins.reporter(), origins.stop());
  if (const auto found = kept.find(toolchain)) return toolchain_in(found->goroot, locked, toolchain);
  if (const auto root = same_on_host(toolchain, host, cache, states, origins))
    return toolchain_in(*root, locked, toolchain);
  return std::nullopt;
}

GoToolchain fetched_go(const LockedGo& locked, const std::string& platform,
                       toolchains::ToolchainStore& store) {
  const auto toolchain = toolchain_of(locked, platform);
  return toolchain_in(store.provide(toolchain).goroot, locked, toolchain);
}

GoToolchain provide_go(const LockedGo& locked, const std::string& platform, const Host& host, Cache& cache,
                       FileStates& states, Origins& origins) {
  if (auto found = go_at_hand(locked, platform, host, cache, states, origins)) return *found;
  auto store = origins.toolchain_store(origins.stop());
  return fetched_go(locked, platform, store);
}

}  // namespace whittle::builder
