#include "builder/target_layers.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "packages/bases.hpp"

namespace whittle::builder {

TargetLayers::TargetLayers(const BuildContext& build, const Lock& lock, Origins& origins, FileStates& results)
    : store_(registry::Layout::open_or_create(build.cache.store(), AtomicFile::Durability::content)),
      members_(build.cache, store_),
      assembler_(build.cache, store_, results, members_, build.options.jobs, build.reporter, build.stop),
      folders_(build.cache, build.options.limits, build.reporter, build.stop),
      bases_(build.access, build.spec.folder, lock, store_, build.options.offline),
      package_bases_({lock, origins, assembler_, folders_, store_, build.cache.temporary()}) {}

const BaseImage* TargetLayers::base_of(const ImagePlan& plan) {
  const auto& base = plan.spec->base;
  const bool elsewhere = base != "scratch" && packages::find_base(base) == nullptr;
  return package_bases_.get(*plan.spec, plan.platform, plan.epoch,
                            elsewhere ? &bases_.get(base, plan.platform) : nullptr);
}

void TargetLayers::lay_out(Target& target, layers::FileTree& binaries) {
  target.plan.base = base_of(target.plan);
  lay_over_base(target.plan.files, target.plan);
  lay_over_base(binaries, target.plan);
  in_context([&] { return target.plan.spec->where.text(); },
             [&] { binaries.keep_directories(target.plan.files.entries(), "`files`"); });
}

void TargetLayers::make_programs_layer(Target& target) {
  target.plan.binaries = assembler_.layer_of("binaries", target.binaries, target.plan);
}

void TargetLayers::take_programs_layer(Target& target, const layers::Layer& made,
                                       std::shared_ptr<registry::ImageSource> from) {
  target.plan.binaries =
      assembler_.layer_from("binaries", target.binaries, target.plan, made, std::move(from));
}

void TargetLayers::lay_over_base(layers::FileTree& tree, const ImagePlan& plan) {
  if (plan.base == nullptr) return;
  in_context([&] { return fmt::format("{}: image {}", plan.spec->where.text(), plan.spec->name); },
             [&] { folders_.keep(*plan.base, tree); });
}

}  // namespace whittle::builder
