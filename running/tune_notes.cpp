#include "running/tune_notes.hpp"

#include <fmt/format.h>

#include <string_view>

#include "common/text.hpp"
#include "toolchains/go_version.hpp"

namespace whittle::running {
namespace {

using toolchains::GoVersion;

// An unknown version is taken for a new one: a Go of one's own is rarely an old one.
bool is_at_least(const binaries::BuildInfo& info, std::string_view version) {
  const auto word = std::string_view(info.go_version).substr(0, info.go_version.find(' '));
  const auto has = GoVersion::parse(word);
  return !has || *has >= *GoVersion::parse(version);
}

std::optional<std::string_view> value_of(const std::vector<std::string>& env, std::string_view name) {
  for (const auto& one : env)
    if (one.starts_with(name) && one.size() > name.size() && one[name.size()] == '=')
      return std::string_view(one).substr(name.size() + 1);
  return std::nullopt;
}

// Of "a=1,b=2", where the last one of a name counts (Go's package runtime, "GODEBUG").
std::string_view setting_of(std::string_view settings, std::string_view name) {
  std::string_view value;
  while (!settings.empty()) {
    const auto one = settings.substr(0, settings.find(','));
    if (one.starts_with(name) && one.size() > name.size() && one[name.size()] == '=')
      value = one.substr(name.size() + 1);
    settings.remove_prefix(one.size() < settings.size() ? one.size() + 1 : one.size());
  }
  return value;
}

std::string_view debug_setting(const TunedProgram& program, const std::vector<std::string>& env,
                               std::string_view name) {
  if (const auto value = value_of(env, "GODEBUG"))
    if (const auto found = setting_of(*value, name); !found.empty()) return found;
  const auto built_in = program.info.settings.find("DefaultGODEBUG");
  return built_in == program.info.settings.end() ? std::string_view() : setting_of(built_in->second, name);
}

void add_memory_notes(const TunedProgram& program, const std::vector<std::string>& env,
                      std::vector<std::string>& notes) {
  const auto& tuning = program.tuning;
  if (!is_at_least(program.info, "1.19"))
    notes.push_back(
        "this Go knows no GOMEMLIMIT, which is there since 1.19: only GOGC and the limit can be set");
  else if (tuning.automemlimit)
    notes.push_back(
        "automemlimit is linked: it sets the soft limit from the container's own, unless GOMEMLIMIT is set, "
        "which then counts");
  else if (tuning.sets_memory_limit)
    notes.push_back(
        "the program has debug.SetMemoryLimit in it, which wins over GOMEMLIMIT: that is not searched");
  else
    notes.push_back(
        "no version of Go takes its soft limit from the container's: without GOMEMLIMIT the heap grows past "
        "it");
  if (tuning.sets_gc_percent)
    notes.push_back("the program has debug.SetGCPercent in it, which wins over GOGC: that is not searched");
  const auto madvise = debug_setting(program, env, "madvdontneed");
  if (madvise == "1" && is_at_least(program.info, "1.16"))
    notes.push_back(
        "GODEBUG=madvdontneed=1 changes nothing: since Go 1.16 memory is given back like that anyway");
  if (madvise == "0")
    notes.push_back(
        "GODEBUG=madvdontneed=0 makes memory that was given back count until the kernel wants it: leave it "
        "out");
}

void add_processor_notes(const TunedProgram& program, const std::vector<std::string>& env,
                         std::optional<double> cpus, std::vector<std::string>& notes) {
  const auto fixed = value_of(env, "GOMAXPROCS");
  // A go line below 1.25 in go.mod keeps the old behaviour, as a setting that is built in.
  const bool follows =
      is_at_least(program.info, "1.25") && debug_setting(program, env, "containermaxprocs") != "0";
  if (fixed)
    notes.push_back(
        fmt::format("the image fixes GOMAXPROCS={}{}", escaped(*fixed, false, 20),
                    follows ? ": this Go follows the container's CPU limit by itself when it is left out"
                            : ", whatever CPU limit the container has"));
  if (follows && program.tuning.automaxprocs)
    notes.push_back(
        "automaxprocs is linked, and pointless: this Go follows the container's CPU limit by itself, also "
        "when it changes, which automaxprocs ends");
  if (!follows && !fixed && !program.tuning.automaxprocs && cpus)
    notes.push_back(fmt::format(
        "this program does not follow the container's CPU limit ({}): set GOMAXPROCS, or build "
        "with Go 1.25 or later and such a `go` line in go.mod",
        is_at_least(program.info, "1.25") ? "its go.mod asks for an older Go" : "Go before 1.25"));
}

}  // namespace

bool TunedProgram::knows_soft_limit() const {
  // automemlimit steps back before the variable.
  return is_at_least(info, "1.19") && (tuning.automemlimit || !tuning.sets_memory_limit);
}

std::vector<std::string> notes_of(const TunedProgram& program, const std::vector<std::string>& env,
                                  std::optional<double> cpus) {
  std::vector<std::string> notes;
  add_memory_notes(program, env, notes);
  add_processor_notes(program, env, cpus, notes);
  return notes;
}

}  // namespace whittle::running
