#include "builder/go_build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <future>
#include <system_error>

#include "builder/go_build_cache.hpp"
#include "builder/go_errors.hpp"
#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/machine.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

Command command_for(const GoBuild& build, const Host& host, const GoToolchain& go, const GoFolders& folders,
                    std::vector<std::string> arguments) {
  Command command;
  command.argv = {go.program.native()};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  if (!build.tags.empty()) command.argv.push_back(fmt::format("-tags={}", fmt::join(build.tags, ",")));
  command.argv.emplace_back("--");
  command.argv.insert(command.argv.end(), build.patterns.begin(), build.patterns.end());
  command.environment = go_environment(host, go, folders, build.platform, build.where.workspace,
                                       build.where.vendored, build.cgo);
  for (auto& setting : garbage_collection(available_memory(), build.jobs))
    command.environment.push_back(std::move(setting));
  command.directory = build.where.module;
  return command;
}

// What decides how packages are compiled: with the same the objects are the same.
std::vector<std::string> compiling(const char* command, const GoBuild& build) {
  std::vector<std::string> arguments = {command, "-trimpath", "-buildvcs=false",
                                        fmt::format("-p={}", build.jobs)};
  for (const auto& flags : build.inlining) arguments.push_back(fmt::format("-gcflags={}", flags));
  return arguments;
}

Command list_command(const GoBuild& build, const Host& host, const GoToolchain& go,
                     const GoFolders& folders) {
  return command_for(build, host, go, folders, {"list", "-deps", fmt::format("-json={}", go_list_fields())});
}

GoListResult listed_by(const Command& command, const GoBuild& build, const std::stop_token& stop) {
  GoListResult result{run(command, stop), {}};
  if (result.outcome.succeeded())
    result.packages = parse_go_list(result.outcome.output, build.platform, build.tags);
  return result;
}

}  // namespace

// go splits -ldflags at blanks and understands quotes around an argument, but no escapes
// (cmd/internal/quoted).
std::string joined_linker_flags(const std::vector<std::string>& flags) {
  std::string joined;
  for (const auto& flag : flags) {
    if (!joined.empty()) joined += ' ';
    if (flag.find_first_of(" \t\n\r'\"") == std::string::npos) {
      joined += flag;
    } else if (flag.find('\'') == std::string::npos) {
      joined += fmt::format("'{}'", flag);
    } else if (flag.find('"') == std::string::npos) {
      joined += fmt::format("\"{}\"", flag);
    } else {
      throw Error(
          ErrorKind::spec,
          fmt::format("the linker flag {} holds both kinds of quotes, which go cannot take", shown(flag)));
    }
  }
  return joined;
}

GoBuildResult go_build(const GoBuild& build, const Host& host, const GoToolchain& go,
                       const GoFolders& folders, const std::stop_token& stop) {
  auto arguments = compiling("build", build);
  arguments.push_back(fmt::format("-ldflags={}", joined_linker_flags(build.linker_flags)));
  arguments.push_back(fmt::format("-o={}/", build.output.native()));
  arguments.insert(arguments.end(), build.variation.begin(), build.variation.end());
  Command compile = command_for(build, host, go, folders, std::move(arguments));
  compile.output_limit = 1U << 20U;  // it has nothing to say there
  // Listing takes a fraction of the compiler's time, but of two processors it takes one for that while.
  auto listing = std::async(std::launch::async, [&]() -> std::optional<GoListResult> {
    if (build.must_list && !build.must_list()) return std::nullopt;
    return listed_by(list_command(build, host, go, folders), build, stop);
  });
  GoBuildResult result{run(compile, stop), {}, {}};
  if (auto listed = listing.get()) {
    result.listed = std::move(listed->outcome);
    result.packages = std::move(listed->packages);
  }
  return result;
}

std::set<Sha256> compiled_objects(const GoBuild& build, const Host& host, const GoToolchain& go,
                                  const GoFolders& folders, const std::stop_token& stop) {
  auto arguments = compiling("list", build);
  arguments.insert(arguments.end(), {"-deps", "-export", "-f={{.Export}}"});
  const auto outcome = run(command_for(build, host, go, folders, std::move(arguments)), stop);
  if (!outcome.succeeded()) throw go_failure(outcome, "asking go for what it has compiled");
  std::set<Sha256> objects;
  std::string_view rest = outcome.output;
  while (!rest.empty())
    if (const auto object = GoBuildCache::object_in(take_until(rest, '\n'))) objects.insert(*object);
  return objects;
}

GoListResult list_packages(const GoBuild& build, const Host& host, const GoToolchain& go,
                           const GoFolders& folders, const std::stop_token& stop) {
  auto command = list_command(build, host, go, folders);
  std::error_code ignored;
  // Where go has cached nothing yet, and compiles nothing now, an index of all packages for the next time
  // takes longer than doing without one (cmd/go/internal/modindex, "GODEBUG=goindex=0").
  if (!fs::exists(folders.build_cache, ignored)) command.environment.emplace_back("GODEBUG=goindex=0");
  return listed_by(command, build, stop);
}

}  // namespace whittle::builder
