#include "optimizer/recorded_go.hpp"

#include <fmt/format.h>

#include "builder/file_states.hpp"
#include "builder/lock_resolver.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"
#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "toolchains/go_version.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

builder::GoToolchain from_store(const std::string& version, const GoTools& tools) {
  builder::Spec spec;
  builder::Origins origins(spec, tools.host, tools.cache, tools.access, {tools.jobs, tools.offline, tools.now},
                           tools.reporter, tools.stop);
  builder::Requirements wanted;
  wanted.host = tools.machine.text();
  wanted.go.spec = toolchains::GoVersion::parse(version);
  const auto lock = builder::resolve_lock({}, wanted, {}, origins);
  builder::FileStates states(tools.cache.states_file(Digest::of("recorded go")));
  auto go = builder::provide_go(*lock.go, wanted.host, tools.host, tools.cache, states, origins);
  states.save();
  return go;
}

// Nothing vouches for it, but bytes that it makes again do.
std::optional<builder::GoToolchain> in_path(const std::string& version, const GoTools& tools) {
  std::error_code failed;
  const auto program = fs::canonical(tools.host.find_program("go"), failed);
  if (failed) return std::nullopt;
  const auto root = program.parent_path().parent_path();
  const auto text = read_file_if_present(root / "VERSION", 4096);
  if (!text || text->substr(0, text->find('\n')) != "go" + version) return std::nullopt;
  return builder::GoToolchain{root, program, version, Digest::of(*text)};
}

}  // namespace

builder::GoToolchain provide_recorded_go(const std::string& version, const GoTools& tools) {
  try {
    return from_store(version, tools);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::integrity) throw;
    const auto found = in_path(version, tools);
    if (!found) throw;
    tools.reporter.verbose(fmt::format("using the Go {} of this machine: {}", version, error.message()));
    return *found;
  }
}

}  // namespace whittle::optimizer
