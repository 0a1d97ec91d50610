#include "optimizer/foreign_build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binaries/elf.hpp"
#include "binaries/elf_notes.hpp"
#include "binaries/random_access.hpp"
#include "builder/go_build.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

// A program that is not there: whatever needs a C compiler fails.
constexpr const char* no_compiler = "/nonexistent/c-compiler";

std::string name_of_setting(const std::string& setting) {
  return setting.substr(0, setting.find('=') + 1);
}

// Of the environment of our own builds, what the program records counts instead.
std::vector<std::string> environment_of(const ForeignBuild& build, const fs::path& home) {
  const auto& tools = build.tools;
  auto host = tools.host;
  if (tools.offline) host.environment["GOPROXY"] = "off";
  const builder::GoFolders folders{builder::build_cache_of(host, tools.cache.go_build()), modules_of(tools),
                                   home};
  auto environment = builder::go_environment(host, build.go, folders, tools.machine, build.main.workspace,
                                             build.main.vendored);
  auto variables = build.settings.variables;
  variables.insert(variables.end(), {fmt::format("CC={}", no_compiler), fmt::format("CXX={}", no_compiler)});
  for (auto& variable : variables) {
    const auto name = name_of_setting(variable);
    std::erase_if(environment, [&](const auto& other) { return other.starts_with(name); });
    environment.push_back(std::move(variable));
  }
  return environment;
}

std::string first_line(std::string_view text) {
  while (text.starts_with('#'))  // "# example.com/shop", the package that the next lines are about
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  return escaped(text.substr(0, text.find('\n')));
}

}  // namespace

std::vector<std::vector<std::string>> possible_linker_flags(const GoProgram& program,
                                                            const ForeignSettings& settings) {
  if (settings.linker_flags) return {*settings.linker_flags};
  const binaries::FileAccess file(program.file);
  const auto elf = binaries::read_elf(file);
  const auto id = binaries::build_ids(file, elf).go;
  const bool has_id = id && !id->empty();
  const bool symbols = elf.section(".symtab") != nullptr;
  const bool debug = elf.section(".debug_info") != nullptr || elf.section(".zdebug_info") != nullptr;
  // The build ID covers the flags as they were written.
  std::vector<std::vector<std::string>> possible;
  if (!symbols)
    possible = {{"-s", "-w"}, {"-w", "-s"}, {"-s"}};
  else if (!debug)
    possible = {{"-w"}};
  else
    possible = {{}};
  if (has_id) return possible;
  possible.resize(1);
  possible.front().emplace_back("-buildid=");
  return possible;
}

fs::path modules_of(const GoTools& tools) {
  return builder::module_cache_of(tools.host, tools.cache.folder() / "go-mod");
}

fs::path build_program(const ForeignBuild& build, const std::vector<std::string>& linker_flags) {
  const TemporaryFolder home(build.work);
  builder::make_private_home(home.path());
  const auto output = build.work / "rebuilt";
  Command command;
  command.argv = {build.go.program.native(), "build"};
  command.argv.insert(command.argv.end(), build.settings.flags.begin(), build.settings.flags.end());
  if (!linker_flags.empty())
    command.argv.push_back(fmt::format("-ldflags={}", builder::joined_linker_flags(linker_flags)));
  command.argv.insert(command.argv.end(),
                      {fmt::format("-p={}", build.tools.jobs), fmt::format("-o={}", output.native()), "--",
                       build.settings.package});
  command.environment = environment_of(build, home.path());
  command.directory = build.main.module;
  command.output_limit = 1U << 20U;
  const auto outcome = run(command, build.tools.stop);
  if (!outcome.succeeded())
    throw Error(ErrorKind::source, fmt::format("it does not build: {}", first_line(outcome.errors)));
  return output;
}

}  // namespace whittle::optimizer
