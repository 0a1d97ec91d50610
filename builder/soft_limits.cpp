#include "builder/soft_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/self_tuning.hpp"

namespace whittle::builder {
namespace {

std::string own_limit_of(const evidence::OwnProgram& program, const Target& target, Cache& cache) {
  const auto known = target.memory_limits.find(program.path);
  return known != target.memory_limits.end() ? known->second : own_memory_limit_of(program, cache);
}

}  // namespace

void settle_memory(Target& target, Cache& cache, Reporter& reporter) {
  const auto& spec = *target.plan.spec;
  if (!spec.memory) return;
  target.plan.annotations.emplace("dev.whittle.memory", spec.memory->written);
  const auto is_it = [](const auto& variable) { return variable.first == "GOMEMLIMIT"; };
  if (std::any_of(spec.env.begin(), spec.env.end(), is_it))
    return reporter.verbose(fmt::format("{}: `env` sets GOMEMLIMIT, so `memory` does not", spec.name));
  const auto& started =
      spec.entrypoint && !spec.entrypoint->empty() ? spec.entrypoint->front() : spec.binaries.front().path;
  for (const auto& program : target.programs) {
    if ("/" + program.path != started) continue;
    if (const auto own = own_limit_of(program, target, cache); !own.empty())
      return reporter.note(fmt::format("{}: GOMEMLIMIT is left to the program, which sets its own limit ({})",
                                       spec.name, own));
  }
  target.plan.soft_limit = soft_limit(spec.memory->limit, spec.memory->share);
  target.plan.annotations.emplace("dev.whittle.gomemlimit", go_size(*target.plan.soft_limit));
}

}  // namespace whittle::builder
