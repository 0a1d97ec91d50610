#include "optimizer/program_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "binaries/go_symbol_name.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "optimizer/dynamic_callers.hpp"
#include "optimizer/embedded_files.hpp"
#include "optimizer/failed_trial.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_causes = 10;
constexpr std::size_t most_groups = 8;
constexpr std::size_t most_heavy = 6;

std::string main_path(ProgramTrials& trials) {
  const auto& main = trials.program().request.main;
  const auto path = builder::import_path_of(trials.packages(), main);
  if (!path)
    throw Error(ErrorKind::toolchain, fmt::format("`go list` does not name {}", shown(main.pattern)));
  return *path;
}

attribution::Size difference(const attribution::Size& before, const attribution::Size& after) {
  const auto less = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  return {less(before.raw, after.raw), less(before.compressed, after.compressed)};
}

void limit_causes(Advice& advice) {
  if (advice.causes.size() <= most_causes) return;
  advice.more_causes = advice.causes.size() - most_causes;
  advice.causes.resize(most_causes);
}

}  // namespace

ProgramAdvice::ProgramAdvice(ProgramTrials& trials, PackageSizes sizes, Reporter& reporter)
    : trials_(trials),
      sizes_(std::move(sizes)),
      reporter_(reporter),
      main_(main_path(trials)),
      graph_(trials.packages(), main_) {}

std::vector<Advice> ProgramAdvice::all() {
  add_dead_code();
  add_imports();
  add_versions();
  add_embedded();
  return std::move(advice_);
}

// A variation that cannot be made says nothing of the image, and does not end the report. What is wrong with
// this machine does.
void ProgramAdvice::measure(const std::string& what, const std::function<Advice()>& work) {
  const auto task = reporter_.start("measuring " + what, 0);
  try {
    auto advice = work();
    task->done(fmt::format("{} less", human_size(advice.saved.compressed)));
    advice_.push_back(std::move(advice));
  } catch (const Error& error) {
    if (!is_about_the_change(error)) throw;
    task->done("not measured");
    failed_.push_back(fmt::format("{}: {}", what, reason_of(error)));
  }
}

AdviceCause ProgramAdvice::cause(std::string name, builder::ImportChain chain) const {
  AdviceCause cause{std::move(name)};
  cause.chain_text = graph_.text(chain);
  cause.chain = std::move(chain);
  return cause;
}

AdviceCause ProgramAdvice::cause_of_call(const std::string& function) const {
  auto package = binaries::package_of_symbol(function);
  const auto origin = origin_of_call(trials_.packages(), package == "main" ? main_ : package);
  auto found = cause(function, graph_.chain(origin.empty() ? package : origin));
  if (!origin.empty() && origin != package && origin != main_)
    found.remark = fmt::format("inlined from {}", escaped(origin));
  return found;
}

void ProgramAdvice::add_dead_code() {
  measure("what calls of methods by their names keep", [&] {
    const auto blind = trials_.without_dynamic_calls();
    Advice advice;
    advice.kind = Advice::Kind::dead_code;
    advice.measure = Advice::Measure::tried;
    advice.saved = difference(trials_.as_it_is(), blind.size);
    for (const auto& function : blind.functions) advice.causes.push_back(cause_of_call(function));
    advice.change = "no call of reflect's Method or MethodByName with a name that is not constant";
    advice.price =
        blind.functions.size() == 1
            ? "this call has to go; the linker then drops methods that nothing else calls"
            : fmt::format(
                  "each of the {} calls has to go: as long as one is left, every exported method stays",
                  blind.functions.size());
    if (blind.functions.empty()) advice.saved = {};
    limit_causes(advice);
    return advice;
  });
}

Advice ProgramAdvice::advice_on(const ImportGroup& group) const {
  Advice advice;
  advice.kind = Advice::Kind::import;
  advice.change = fmt::format("without {}", escaped(group.name));
  advice.causes.push_back(
      cause(group.name, group.is_module ? graph_.chain_to_module(group.name) : graph_.chain(group.name)));
  auto& cause = advice.causes.back();
  if (const auto more = group.brought.size() - group.packages.size(); more > 0)
    cause.remark = fmt::format("{} that nothing else imports", plural(more, "more package"));
  cause.size = group.size;
  advice.measure = Advice::Measure::counted;
  advice.saved = group.size;
  return advice;
}

// Where these packages cannot be emptied, what was counted stands for it.
void ProgramAdvice::try_without(const std::vector<const builder::ListedPackage*>& packages, Advice advice) {
  advice.counted = advice.saved.compressed;
  const auto before = advice_.size();
  measure(advice.change, [&] {
    auto tried = advice;
    tried.measure = Advice::Measure::tried;
    tried.saved = difference(trials_.as_it_is(), trials_.without(packages));
    return tried;
  });
  if (advice_.size() > before) return;
  reporter_.verbose(failed_.back());
  failed_.pop_back();
  advice_.push_back(std::move(advice));
}

void ProgramAdvice::add_imports() {
  const auto groups = import_groups(trials_.packages(), main_, sizes_, most_groups);
  for (const auto& group : groups) try_without(group.brought, advice_on(group));
  for (const auto& group : heavy_packages(trials_.packages(), main_, sizes_, groups, most_heavy))
    try_without(group.brought, advice_on(group));
}

// The largest version is the one that stays.
void ProgramAdvice::add_versions() {
  for (const auto& [path, groups] : several_versions(trials_.packages(), main_, sizes_)) {
    Advice advice;
    advice.kind = Advice::Kind::versions;
    advice.measure = Advice::Measure::counted;
    advice.change = fmt::format("one version of {} instead of {}", escaped(path), groups.size());
    advice.price = "whoever imports another one has to be brought to it";
    std::vector<const builder::ListedPackage*> others;
    for (const auto& group : groups) {
      auto one = cause(group.name, graph_.chain_to_module(group.name));
      one.size = group.size;
      if (!advice.causes.empty()) {
        advice.saved += group.size;
        others.insert(others.end(), group.packages.begin(), group.packages.end());
      }
      advice.causes.push_back(std::move(one));
    }
    limit_causes(advice);
    try_without(others, std::move(advice));
  }
}

void ProgramAdvice::add_embedded() {
  for (const auto& found : badly_compressing(trials_.packages(), trials_.program().compression, {})) {
    Advice advice;
    advice.kind = Advice::Kind::embedded;
    advice.measure = Advice::Measure::counted;
    advice.change = fmt::format("{} embedded in {} elsewhere, or smaller", plural(found.files.size(), "file"),
                                escaped(found.package));
    advice.price = "they compress badly, each by itself: what they take is what they are";
    advice.saved = found.size;
    for (const auto& [name, size] : found.files) {
      auto file = cause(name, graph_.chain(found.package));
      file.size = size;
      advice.causes.push_back(std::move(file));
    }
    limit_causes(advice);
    advice_.push_back(std::move(advice));
  }
}

}  // namespace whittle::optimizer
