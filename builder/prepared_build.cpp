#include "builder/prepared_build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "builder/settled_lock.hpp"
#include "common/error.hpp"

namespace whittle::builder {

PreparedBuild::PreparedBuild(const Spec& spec, const BuildOptions& options, const Host& host, Cache& store,
                             registry::Access& access, Reporter& reporter, const std::stop_token& stop)
    : written_(spec),
      spec_(options.profile ? with_profile(spec, *options.profile) : spec),
      states_(store.states_file(Digest::of("sources of " + spec.folder.native()))),
      results_(store.states_file(Digest::of("results of " + spec.folder.native()))),
      values_(spec.folder, host, store, reporter, stop),
      build{spec_,    options, host,    store,
            access,   states_, values_, [this](std::string_view name) { return values_.value(name); },
            reporter, stop},
      origins(spec, host, store, access, {options.jobs, options.offline, options.now}, reporter, stop),
      layers(build, lock, origins, results_),
      programs({build, plan, lock, requirements, origins, layers, results_}) {
  if (!options.cache || options.trial || options.offline) return;
  place.emplace(*options.cache, access, reporter, stop);
  cache.emplace(*place, reporter, stop);
  shared.emplace(SharedTargets::Parts{*cache, build, plan, lock, layers});
  packages.emplace(*place, reporter);
}

void PreparedBuild::prepare(bool write_lock) {
  plan = plan_build(build);
  std::vector<std::vector<layers::Platform>> platforms;
  for (const auto& image : build.spec.images) platforms.push_back(platforms_of(image, build.options));
  const auto mains = plan.mains();
  // The level that a flag asks for is not in a lock, which is made without.
  requirements = requirements_of(written_, platforms, mains, build.options.host_platform);
  const auto begin_fetching = [this](const LockedGo& go) {
    if (!shared) programs.expect(go);  // else it may not be needed
  };
  lock = settle_lock({lock_file_of(build.spec, mains), build.options.locked, write_lock}, requirements,
                     origins, begin_fetching);
  for (const auto& [request, wish] : plan.wishes)
    plan.requests[request].c_compiler = origins.c_compilers().get(wish, lock.c_compilers.at(wish.name()));
  if (build.options.offline) check_all_is_here();
  for (auto& target : plan.targets) {
    target.key = record_key(target, plan, lock, requirements.host, layers.assembler(), build.options);
    target.shareable = is_shareable(target, plan);
  }
}

void PreparedBuild::check_all_is_here() {
  auto missing = missing_pieces(lock, requirements, layers.store(), origins);
  if (!go_at_hand(*lock.go, requirements.host, build.host, build.cache, states_, origins))
    missing.insert(missing.begin(), fmt::format("Go {} for {}", lock.go->version, requirements.host));
  if (missing.empty()) return;
  throw Error(ErrorKind::not_found, fmt::format("not in the cache, and nothing is fetched: --offline\n    {}",
                                                fmt::join(missing, "\n    ")))
      .hint("build once without --offline");
}

void PreparedBuild::save() {
  states_.save();
  results_.save();
  layers.save();
}

}  // namespace whittle::builder
