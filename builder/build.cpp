#include "builder/build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/built_image.hpp"
#include "builder/delivery.hpp"
#include "builder/destinations.hpp"
#include "builder/finished_image.hpp"
#include "builder/image_records.hpp"
#include "builder/origins.hpp"
#include "builder/programs.hpp"
#include "builder/requirements.hpp"
#include "builder/settled_lock.hpp"
#include "builder/shared_targets.hpp"
#include "builder/soft_limits.hpp"
#include "builder/target_layers.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/media_types.hpp"

namespace whittle::builder {
namespace {

constexpr unsigned deliveries_at_once = 4;

class Build {
 public:
  Build(const Spec& spec, const BuildOptions& options, const Host& host, Cache& cache,
        registry::Access& access, Reporter& reporter, const std::stop_token& stop)
      : written_(spec),
        spec_(options.profile ? with_profile(spec, *options.profile) : spec),
        options_(options),
        states_(cache.states_file(Digest::of("sources of " + spec.folder.native()))),
        results_(cache.states_file(Digest::of("results of " + spec.folder.native()))),
        values_(spec.folder, host, cache, reporter, stop),
        build_{spec_,    options, host,    cache,
               access,   states_, values_, [this](std::string_view name) { return values_.value(name); },
               reporter, stop},
        origins_(spec, host, cache, access, {options.jobs, options.offline, options.now}, reporter, stop),
        layers_(build_, lock_, origins_, results_),
        programs_({build_, plan_, lock_, requirements_, origins_, layers_, results_}),
        records_({build_, plan_, lock_, layers_.assembler()}) {
    if (!options.cache || options.trial || options.offline) return;
    cache_.emplace(*options.cache, access, reporter, stop);
    shared_.emplace(SharedTargets::Parts{*cache_, build_, plan_, lock_, layers_});
  }

  std::vector<BuildResult> run() {
    std::vector<std::vector<Destination>> destinations;
    for (const auto& image : spec_.images)  // a wrong destination is said before anything is compiled
      destinations.push_back(destinations_of(image, options_, build_.named, spec_.images.size() == 1));
    plan_ = plan_build(build_);
    settle();
    programs_.make(shared_ ? &*shared_ : nullptr);
    std::vector<BuildResult> results;
    std::vector<BuiltImage> images;
    images.reserve(spec_.images.size());
    std::vector<std::vector<Evidence>> evidence;
    for (const auto& image : spec_.images) {
      images.emplace_back(image.name, layers_.store());
      results.push_back(assemble(image, images.back()));
      evidence.push_back(records_.evidence_of(image, results.back(), images.back()));
    }
    states_.save();
    results_.save();
    layers_.save();
    if (options_.examine) options_.examine(finished(results, images));
    parallel_for(results.size(), deliveries_at_once, build_.stop, [&](std::size_t i) {
      for (const auto& destination : destinations[i])
        deliver(images[i], destination, evidence[i], results[i], build_);
    });
    if (cache_ && cache_->writes()) share(results, destinations);
    return results;
  }

 private:
  // What comes from outside is known by its bytes from here on.
  void settle() {
    std::vector<std::vector<layers::Platform>> platforms;
    for (const auto& image : spec_.images) platforms.push_back(platforms_of(image, options_));
    const auto mains = plan_.mains();
    // The level that a flag asks for is not in a lock, which is made without.
    requirements_ = requirements_of(written_, platforms, mains, options_.host_platform);
    const auto begin_fetching = [this](const LockedGo& go) {
      if (!shared_) programs_.expect(go);  // else it may not be needed
    };
    lock_ = settle_lock({lock_file_of(spec_, mains), options_.locked, !options_.trial}, requirements_,
                        origins_, begin_fetching);
    for (const auto& [request, wish] : plan_.wishes)
      plan_.requests[request].c_compiler =
          origins_.c_compilers().get(wish, lock_.c_compilers.at(wish.name()));
    if (options_.offline) check_all_is_here();
    if (!shared_) return;
    for (auto& target : plan_.targets)
      target.key = record_key_of(target, plan_, lock_, requirements_.host, layers_.assembler(), options_);
  }

  void check_all_is_here() {
    auto missing = missing_pieces(lock_, requirements_, layers_.store(), origins_);
    if (!go_at_hand(*lock_.go, requirements_.host, build_.host, build_.cache, states_, origins_))
      missing.insert(missing.begin(), fmt::format("Go {} for {}", lock_.go->version, requirements_.host));
    if (missing.empty()) return;
    throw Error(ErrorKind::not_found,
                fmt::format("not in the cache, and nothing is fetched: --offline\n    {}",
                            fmt::join(missing, "\n    ")))
        .hint("build once without --offline");
  }

  BuildResult assemble(const ImageSpec& spec, BuiltImage& image) {
    BuildResult result{spec.name, {"", Digest::of(std::string_view()), 0}, {}, {}, {}, false, false};
    const auto annotations = records_.annotations_of(spec);
    for (auto* target : plan_.targets_of(spec)) {
      auto& plan = target->plan;
      if (plan.base == nullptr) add_user_files(spec, plan.files);
      plan.labels = expanded(spec.labels, build_.named, spec.where);
      plan.annotations = annotations;
      settle_memory(*target, build_.cache, build_.reporter);
      result.compiled |= target->compiled;
      result.shared |= target->shared;
      result.platforms.push_back({plan.platform, layers_.assembler().assemble(plan, image)});
      result.root = result.platforms.back().image.manifest;
    }
    if (result.platforms.size() > 1) {
      layers::Index index{std::string(layers::media_type::oci_index), {}, annotations};
      for (const auto& platform : result.platforms) index.manifests.push_back(platform.image.manifest);
      const auto document = layers::write_index(index);
      result.root = document.descriptor();
      image.add(document);
    }
    result.root.platform.reset();
    return result;
  }

  std::vector<FinishedImage> finished(const std::vector<BuildResult>& results,
                                      std::vector<BuiltImage>& images) {
    std::vector<FinishedImage> finished;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& spec = spec_.images[i];
      const auto imports = [this, &spec](const layers::Platform& platform) {
        return imports_of(spec, platform);
      };
      finished.push_back({spec, results[i], images[i], last_pushed(spec, options_, build_.named), imports});
    }
    return finished;
  }

  std::vector<ImportGraph> imports_of(const ImageSpec& spec, const layers::Platform& platform) {
    std::vector<ImportGraph> graphs;
    for (const auto* target : plan_.targets_of(spec))
      if (target->plan.platform == platform)
        for (std::size_t i = 0; i < spec.binaries.size(); ++i)
          graphs.push_back(programs_.compiler().imports_of(plan_.requests[target->first_request + i]));
    return graphs;
  }

  // Keeps what this machine knows of each image for others; the place is asked for what it has already.
  void share(const std::vector<BuildResult>& results,
             const std::vector<std::vector<Destination>>& destinations) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      std::shared_ptr<registry::ImageSource> from;
      for (const auto& destination : destinations[i])
        if (!from && destination.place.kind == registry::Place::Kind::registry)
          from = build_.access.source(destination.place);
      std::size_t platform = 0;
      for (const auto* target : plan_.targets_of(spec_.images[i]))
        shared_->keep(*target, results[i].platforms[platform++].image, from);
    }
  }

  const Spec& written_;
  const Spec spec_;  // with the profile that was asked for
  const BuildOptions& options_;
  FileStates states_;   // of sources
  FileStates results_;  // of the cache's own files
  BuildValues values_;
  const BuildContext build_;
  BuildPlan plan_;
  Requirements requirements_;
  Lock lock_;
  Origins origins_;
  TargetLayers layers_;
  Programs programs_;
  ImageRecords records_;
  std::optional<SharedCache> cache_;
  std::optional<SharedTargets> shared_;
};

}  // namespace

Host host_of_go(const Host& host, const Spec& spec, bool offline) {
  Host seen = host;
  if (!spec.go_origins.proxy.empty()) seen.environment["GOPROXY"] = spec.go_origins.proxy;
  if (!spec.go_origins.sumdb.empty()) seen.environment["GOSUMDB"] = spec.go_origins.sumdb;
  if (offline) seen.environment["GOPROXY"] = "off";
  return seen;
}

std::vector<BuildResult> build_images(const Spec& spec, const BuildOptions& options, const Host& host,
                                      Cache& cache, registry::Access& access, Reporter& reporter,
                                      const std::stop_token& stop) {
  return Build(spec, options, host, cache, access, reporter, stop).run();
}

}  // namespace whittle::builder
