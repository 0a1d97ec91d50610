#include "builder/shared_targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "builder/go_toolchain.hpp"
#include "builder/recording.hpp"
#include "builder/self_tuning.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::builder {
namespace {

// A program whose layer another machine has made: only what it is called and what it holds is known here.
layers::FileEntry entry_of(const SharedProgram& program) {
  layers::FileEntry entry;
  entry.mode = 0755;
  entry.size = program.size;
  entry.content = program.digest;
  entry.open = [path = program.path]() -> std::unique_ptr<ByteSource> {
    throw Error(ErrorKind::internal, fmt::format("the program {} is not on this machine", shown(path)));
  };
  return entry;
}

}  // namespace

SharedPrograms programs_of(const Target& target, const BuildPlan& plan) {
  SharedPrograms programs{std::span(plan.requests).subspan(target.first_request, target.wanted().size()), {}};
  for (const auto& binary : target.wanted()) programs.paths.push_back(binary.path.substr(1));
  return programs;
}

bool is_shareable(const Target& target, const BuildPlan& plan) {
  const auto programs = programs_of(target, plan);
  return std::none_of(programs.requests.begin(), programs.requests.end(),
                      [](const CompileRequest& request) { return request.lines == Lines::split; });
}

Digest record_key(const Target& target, const BuildPlan& plan, const Lock& lock, const std::string& host,
                  Assembler& assembler, const BuildOptions& options) {
  const auto layers = KeyHasher()
                          .add(target.plan.spec->name)
                          .add(options.record.version)
                          .add(layers::tar_identity())
                          .add(assembler.identity_of(target.plan.spec->compression))
                          .finish();
  return shared_key(programs_of(target, plan), go_of_lock(*lock.go, host), layers.text());
}

std::vector<std::size_t> SharedTargets::take(const std::vector<std::size_t>& missing) {
  const std::set<std::size_t> open(missing.begin(), missing.end());
  std::vector<Target*> wanted;
  for (auto& target : parts_.plan.targets)
    if (target.shareable && target.ready == 0 && open.contains(target.first_request))
      wanted.push_back(&target);
  std::vector<std::optional<SharedRecord>> found(wanted.size());
  parallel_for(wanted.size(), questions_at_once, parts_.build.stop, [&](std::size_t i) {
    const auto programs = programs_of(*wanted[i], parts_.plan);
    found[i] = parts_.cache.find(
        *wanted[i]->key, wanted[i]->plan.spec->name,
        [&](const SharedRecord& record) { return is_unchanged(record, programs, parts_.build.states); });
  });
  std::set<std::size_t> rest = open;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!found[i] || !add(*wanted[i], std::move(*found[i]))) continue;
    const auto first = wanted[i]->first_request;
    for (std::size_t k = 0; k < wanted[i]->wanted().size(); ++k) rest.erase(first + k);
  }
  return {rest.begin(), rest.end()};
}

// Only when its layer of programs is what this build would have made: the base may be another.
bool SharedTargets::add(Target& target, SharedRecord record) {
  auto& layers = parts_.layers;
  for (auto& value : record.values) parts_.build.cache.offer(value.kind, value.key, std::move(value.value));
  for (const auto& layer : record.layers) {
    const layers::Layer made{layer.descriptor, layer.diff_id, layer.uncompressed_size};
    layers.assembler().offer(layer.key, {{}, made, false, parts_.cache.source()});
  }
  layers::FileTree binaries;
  for (const auto& program : record.programs) binaries.add(program.path, entry_of(program));
  layers.lay_out(target, binaries);
  if (!layers.assembler().has(binaries, target.plan)) {
    parts_.build.reporter.verbose(
        fmt::format("{}: the shared cache has its programs, but in another layer", target.plan.spec->name));
    return false;
  }
  target.binaries = std::move(binaries);
  for (std::size_t i = 0; i < record.programs.size(); ++i) {
    auto& program = record.programs[i];
    const auto& inlining = parts_.plan.requests[target.first_request + i].inlining;
    target.programs.push_back({program.path, program.digest, {}, std::move(program.info)});
    target.memory_limits.emplace(program.path, std::move(program.memory_limit));
    if (!inlining.empty()) target.inlining.emplace(program.path, inlining);
    parts_.plan.made_from.insert_or_assign(target.first_request + i, std::move(program.made_from));
  }
  target.shared = true;
  target.ready = target.wanted().size();
  taken_.insert_or_assign(&target, std::move(record.facts));
  layers.make_programs_layer(target);
  return true;
}

void SharedTargets::keep(const Target& target, const AssembledImage& image,
                         const std::shared_ptr<registry::ImageSource>& from) {
  if (!target.shareable) return;
  const auto taken = taken_.find(&target);
  if (taken != taken_.end() && taken->second == image_facts(target, parts_.plan, parts_.lock)) return;
  parts_.cache.keep(record_of(target, image), target.plan.spec->name, parts_.layers.store(), from);
}

SharedRecord SharedTargets::record_of(const Target& target, const AssembledImage& image) {
  SharedRecord record{*target.key};
  record.facts = image_facts(target, parts_.plan, parts_.lock);
  for (std::size_t i = 0; i < target.wanted().size(); ++i) {
    const auto index = target.first_request + i;
    const auto path = target.path_of(index);
    const auto program = std::find_if(target.programs.begin(), target.programs.end(),
                                      [&](const evidence::OwnProgram& one) { return one.path == path; });
    const auto limit = target.memory_limits.find(path);
    record.programs.push_back({path, parts_.plan.made_from.at(index), program->digest,
                               target.binaries.entries().at(path).size, evidence::build_info_of(*program),
                               limit != target.memory_limits.end()
                                   ? limit->second
                                   : own_memory_limit_of(*program, parts_.build.cache)});
  }
  std::set<Digest> wanted;
  for (const auto& layer : image.layers) wanted.insert(layer.layer.descriptor.digest);
  const auto* base = target.plan.base;
  if (base != nullptr)
    for (const auto& layer : base->manifest.layers) wanted.insert(layer.digest);
  for (const auto& [digest, given] : parts_.layers.assembler().given()) {
    const auto& layer = given.second.layer;
    if (wanted.contains(digest))
      record.layers.push_back({given.first, layer.descriptor, layer.diff_id, layer.uncompressed_size});
  }
  if (base == nullptr) return record;
  for (const auto& [key, value] : parts_.layers.folders().asked_of(*base))
    record.values.push_back({"folders", key, value});
  const auto catalogue = catalogue_key(*base, parts_.build.options.record.version);
  if (auto value = parts_.build.cache.get("catalogue", catalogue))
    record.values.push_back({"catalogue", catalogue, std::move(*value)});
  return record;
}

}  // namespace whittle::builder
