#include "builder/build.hpp"

#include <fmt/format.h>

#include "builder/built_image.hpp"
#include "builder/delivery.hpp"
#include "builder/destinations.hpp"
#include "builder/finished_image.hpp"
#include "builder/image_records.hpp"
#include "builder/known_images.hpp"
#include "builder/prepared_build.hpp"
#include "builder/soft_limits.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/media_types.hpp"

namespace whittle::builder {
namespace {

constexpr unsigned deliveries_at_once = 8;

template <typename Value>
Value* pointer_to(std::optional<Value>& value) {
  return value ? &*value : nullptr;
}

class Build {
 public:
  explicit Build(PreparedBuild& prepared)
      : prepared_(prepared),
        build_(prepared.build),
        records_({build_, prepared.plan, prepared.lock, prepared.layers.assembler()}) {}

  std::vector<BuildResult> run() {
    const auto& spec = build_.spec;
    std::vector<std::vector<Destination>> destinations;
    const bool only_image = spec.images.size() == 1 && !build_.options.some_of_many;
    for (const auto& image : spec.images)  // a wrong destination is said before anything is compiled
      destinations.push_back(destinations_of(image, build_.options, build_.named, only_image));
    prepared_.prepare(!build_.options.trial);
    prepared_.programs.make(pointer_to(prepared_.shared), pointer_to(prepared_.packages));
    std::vector<BuildResult> results;
    std::vector<BuiltImage> images;
    images.reserve(spec.images.size());
    std::vector<std::vector<Evidence>> evidence;
    for (const auto& image : spec.images) {
      images.emplace_back(image.name, prepared_.layers.store());
      results.push_back(assemble(image, images.back()));
      evidence.push_back(records_.evidence_of(image, results.back(), images.back()));
    }
    prepared_.save();
    if (build_.options.examine) build_.options.examine(finished(results, images));
    parallel_for(results.size(), deliveries_at_once, build_.stop, [&](std::size_t i) {
      for (const auto& destination : destinations[i])
        deliver(images[i], destination, evidence[i], results[i], build_);
    });
    if (!build_.options.trial) keep_facts(prepared_);
    if (prepared_.place && prepared_.place->writes()) {
      share(results, destinations);
      prepared_.programs.keep_packages(*prepared_.packages);
    }
    return results;
  }

 private:
  BuildResult assemble(const ImageSpec& spec, BuiltImage& image) {
    BuildResult result{spec.name, {"", Digest::of(std::string_view()), 0}, {}, {}, {}, false, false};
    const auto annotations = records_.annotations_of(spec);
    for (auto* target : prepared_.plan.targets_of(spec)) {
      auto& plan = target->plan;
      if (plan.base == nullptr) add_user_files(spec, plan.files);
      plan.labels = expanded(spec.labels, build_.named, spec.where);
      plan.annotations = annotations;
      settle_memory(*target, build_.cache, build_.reporter);
      result.compiled |= target->compiled;
      result.shared |= target->shared;
      result.platforms.push_back({plan.platform, prepared_.layers.assembler().assemble(plan, image)});
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
      const auto& spec = build_.spec.images[i];
      const auto imports = [this, &spec](const layers::Platform& platform) {
        return imports_of(spec, platform);
      };
      finished.push_back(
          {spec, results[i], images[i], last_pushed(spec, build_.options, build_.named), imports});
    }
    return finished;
  }

  std::vector<ImportGraph> imports_of(const ImageSpec& spec, const layers::Platform& platform) {
    std::vector<ImportGraph> graphs;
    for (const auto* target : prepared_.plan.targets_of(spec))
      if (target->plan.platform == platform)
        for (std::size_t i = 0; i < spec.binaries.size(); ++i)
          graphs.push_back(
              prepared_.programs.compiler().imports_of(prepared_.plan.requests[target->first_request + i]));
    return graphs;
  }

  // Keeps what this machine knows of each image for others; the place is asked for what it has already.
  void share(const std::vector<BuildResult>& results,
             const std::vector<std::vector<Destination>>& destinations) {
    const unsigned at_once = build_.options.cache->signer == nullptr ? deliveries_at_once : 1;
    parallel_for(results.size(), at_once, build_.stop, [&](std::size_t i) {
      std::shared_ptr<registry::ImageSource> from;
      for (const auto& destination : destinations[i])
        if (!from && destination.place.kind == registry::Place::Kind::registry)
          from = build_.access.source(destination.place);
      std::size_t platform = 0;
      for (const auto* target : prepared_.plan.targets_of(build_.spec.images[i]))
        prepared_.shared->keep(*target, results[i].platforms[platform++].image, from);
    });
  }

  PreparedBuild& prepared_;
  const BuildContext& build_;
  ImageRecords records_;
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
  PreparedBuild prepared(spec, options, host, cache, access, reporter, stop);
  return Build(prepared).run();
}

}  // namespace whittle::builder
