#include "binaries/go_self_tuning.hpp"

#include <algorithm>

#include "binaries/go_functions.hpp"

namespace whittle::binaries {
namespace {

bool has_module(const BuildInfo& info, std::string_view path) {
  return std::any_of(info.dependencies.begin(), info.dependencies.end(),
                     [&](const BuildInfo::Dependency& one) { return one.module.path == path; });
}

}  // namespace

GoSelfTuning self_tuning_of(const RandomAccess& file, const Elf& elf, const BuildInfo& info) {
  GoSelfTuning tuning;
  tuning.automemlimit = has_module(info, "github.com/KimMachineGun/automemlimit");
  tuning.automaxprocs = has_module(info, "go.uber.org/automaxprocs");
  const auto functions = GoFunctions::read(file, elf);
  if (!functions) return tuning;
  // The exported one is inlined as a rule; then the runtime's own, which it calls, has a name still.
  functions->for_each_name([&](std::string_view name) {
    if (name == "runtime/debug.SetMemoryLimit" || name == "runtime/debug.setMemoryLimit")
      tuning.sets_memory_limit = true;
    if (name == "runtime/debug.SetGCPercent" || name == "runtime/debug.setGCPercent")
      tuning.sets_gc_percent = true;
  });
  return tuning;
}

}  // namespace whittle::binaries
