#include "optimizer/gate_part.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "binaries/elf.hpp"
#include "binaries/embedded_paths.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"
#include "builder/gate.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_named = 3;

// What -trimpath would have removed, and where it stands. Of an image of others nobody knows the folders of
// the build machine, but the names of source files say them.
std::optional<std::string> path_of_machine(const GoProgram& program) {
  const binaries::FileAccess file(program.file);
  const auto functions = binaries::GoFunctions::read(file, binaries::read_elf(file));
  if (!functions) return std::nullopt;
  const auto roots = binaries::embedded_roots(*functions);
  if (roots.empty()) return std::nullopt;
  const auto& example = roots.back().example;  // the sources come last, and tell most
  const auto offset = binaries::find_texts(file, {example}).front();
  return fmt::format("it holds a path of the build machine{}: {}",
                     offset ? fmt::format(" at offset {}", *offset) : std::string(), shown(example));
}

std::optional<std::string> refusal(const GoProgram& program, const builder::GateRules& rules) {
  try {
    if (auto path = path_of_machine(program)) return path;
    builder::check_binary(program.file, rules);
    return std::nullopt;
  } catch (const Error& error) {
    const auto kind = error.kind();
    if (kind != ErrorKind::policy && kind != ErrorKind::toolchain && kind != ErrorKind::integrity &&
        kind != ErrorKind::limit)
      throw;
    return error.message();
  }
}

builder::GateRules rules_for(const GoProgram& program) {
  builder::GateRules rules{.platform = program.platform};
  const auto& version = program.info.go_version;
  rules.go_version = version.starts_with("go") ? version.substr(2, version.find(' ') - 2) : version;
  rules.pattern = program.path;
  rules.has_loader = program.has_loader;
  rules.any_cgo = true;
  return rules;
}

}  // namespace

std::string check_gate(const ProgramsOfImage& image) {
  std::vector<std::string> refused;
  std::size_t count = 0;
  for (const auto& program : image.programs) {
    const auto why = refusal(program, rules_for(program));
    if (why && ++count <= most_named) refused.push_back(fmt::format("{}: {}", escaped(program.path), *why));
  }
  if (count > most_named)
    refused.push_back(fmt::format("and {}", plural(count - most_named, "more program")));
  if (count > 0) throw Error(ErrorKind::unverified, fmt::format("{}", fmt::join(refused, "; ")));
  return plural(image.programs.size(), "Go program") + " passed it";
}

}  // namespace whittle::optimizer
