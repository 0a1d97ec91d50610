#include "builder/programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "builder/go_environment.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"

namespace whittle::builder {

Programs::Programs(Parts parts)
    : parts_(parts), go_ahead_(parts.build.host, parts.build.cache, parts.build.states, parts.origins) {}

void Programs::expect(const LockedGo& go) {
  go_ahead_.begin(go, parts_.requirements.host);
}

void Programs::make(SharedTargets* shared, SharedPackages* packages) {
  const auto& requests = parts_.plan.requests;
  std::vector<std::size_t> missing(requests.size());
  std::iota(missing.begin(), missing.end(), 0);
  const auto ready = [this](std::size_t request, const Binary& binary) { add(request, binary); };
  const bool known_here = shared == nullptr || are_known_here();
  if (known_here) missing = compiler().find(requests, missing, ready);
  if (shared != nullptr) missing = shared->take(missing);
  if (!missing.empty()) {
    std::unique_ptr<PackagesAhead> compiled;
    if (packages != nullptr && !parts_.build.options.remote) compiled = begin_fetching(*packages, missing);
    if (!known_here) missing = compiler().find(requests, missing, ready);
    if (compiled && !missing.empty()) compiled->wait();
    compiler().make(requests, missing, ready);
  }
  for (std::size_t request = 0; request < requests.size(); ++request) static_cast<void>(made_from(request));
}

// Those whose packages belong together.
struct Programs::Kin {
  CompiledSet set;
  std::vector<std::size_t> requests;
};

std::vector<Programs::Kin> Programs::kin_among(const std::vector<std::size_t>& requests) const {
  const auto go = go_of_lock(*parts_.lock.go, parts_.requirements.host);
  std::vector<Kin> all;
  for (const auto request : requests) {
    auto set = compiled_set_of(parts_.plan.requests[request], go);
    auto known = std::find_if(all.begin(), all.end(), [&](const Kin& one) { return one.set.key == set.key; });
    if (known == all.end()) known = all.insert(known, {std::move(set), {}});
    known->requests.push_back(request);
  }
  return all;
}

std::filesystem::path Programs::build_cache() const {
  return build_cache_of(parts_.build.host, parts_.build.cache.go_build());
}

std::unique_ptr<PackagesAhead> Programs::begin_fetching(SharedPackages& packages,
                                                        const std::vector<std::size_t>& requests) {
  std::vector<CompiledSet> sets;
  for (auto& kin : kin_among(requests)) sets.push_back(std::move(kin.set));
  return std::make_unique<PackagesAhead>(packages, std::move(sets), build_cache(), parts_.build.options.jobs);
}

void Programs::keep_packages(SharedPackages& packages) {
  const auto& build = parts_.build;
  const GoBuildCache cache(build_cache());
  for (const auto& [set, requests] : kin_among(compiled_here_)) {
    try {
      const auto objects = compiler().objects_of(parts_.plan.requests, requests);
      packages.keep(set, cache.entries_of(objects), cache, build.cache.temporary(), build.options.jobs,
                    build.stop);
    } catch (const Error& error) {
      throw_if_stopped(build.stop);
      build.reporter.warn(fmt::format("compiled packages of {} are not kept in the shared cache: {}",
                                      set.name, error.what()));
    }
  }
}

bool Programs::are_known_here() {
  return parts_.build.cache.has_dependencies() && go_ahead_.find(*parts_.lock.go, parts_.requirements.host);
}

Compiler& Programs::compiler() {
  if (compiler_) return *compiler_;
  expect(*parts_.lock.go);
  if (go_ahead_.is_fetching())  // their packages are fetched and unpacked meanwhile
    for (const auto& target : parts_.plan.targets) parts_.layers.base_of(target.plan);
  go_.emplace(go_ahead_.get());
  go_host_ = host_of_go(parts_.build.host, parts_.build.spec, parts_.build.options.offline);
  compiler_.emplace(go_host_, *go_, parts_.build.cache, parts_.build.states, parts_.results,
                    CompilerOptions{parts_.build.options.jobs}, parts_.build.reporter, parts_.build.stop);
  if (parts_.build.options.remote) {
    remote_ = remote_compiler();
    compiler_->compile_at(*remote_);
  }
  return *compiler_;
}

std::filesystem::path Programs::module_cache() const {
  return module_cache_of(go_host_, parts_.build.cache.folder() / "go-mod");
}

std::unique_ptr<RemoteCompiler> Programs::remote_compiler() {
  const auto& build = parts_.build;
  auto& layers = parts_.layers;
  return std::make_unique<RemoteCompiler>(
      *build.options.remote,
      RemoteCompiler::Parts{*go_, build.cache, build.states, module_cache(), layers.store(),
                            build.options.limits},
      layers_before_programs(), build.reporter, build.stop);
}

// All of them is decided but for what the programs contain.
std::vector<ProgramLayer> Programs::layers_before_programs() {
  std::vector<ProgramLayer> layers;
  for (auto& target : parts_.plan.targets) {
    ProgramLayer layer{target.first_request, {}};
    layer.recipe.compression = target.plan.spec->compression;
    layer.recipe.epoch = target.plan.epoch;
    for (std::size_t i = 0; i < target.wanted().size(); ++i) {
      const auto request = target.first_request + i;
      layers::FileEntry entry;
      entry.mode = 0755;
      layer.recipe.tree.add(target.path_of(request), std::move(entry));
      layer.recipe.programs.emplace(target.path_of(request), request);
    }
    parts_.layers.lay_out(target, layer.recipe.tree);
    layers.push_back(std::move(layer));
  }
  return layers;
}

const MadeFrom& Programs::made_from(std::size_t request) {
  auto& known = parts_.plan.made_from;
  const auto found = known.find(request);
  if (found != known.end()) return found->second;
  return known.emplace(request, compiler().made_from(parts_.plan.requests[request])).first->second;
}

// Called while go may still work on others. When it was the last of its target, the layer is made at once.
void Programs::add(std::size_t request, const Binary& binary) {
  auto& target = parts_.plan.target_of(request);
  const auto path = target.path_of(request);
  layers::FileEntry entry;
  entry.mode = 0755;
  entry.size = binary.size;
  entry.content = binary.digest;
  if (binary.file.empty()) {
    entry.open = binary.open;
  } else {
    entry.is_private = binary.compiled;  // hashed just now, in a folder of the cache
    entry.open = [file = binary.file] { return std::make_unique<FileSource>(file); };
  }
  target.binaries.add(path, std::move(entry));
  target.programs.push_back({path, binary.digest, binary.file, binary.info});
  if (binary.has_lines_apart) target.split.insert(path);
  if (const auto& flags = parts_.plan.requests[request].inlining; !flags.empty())
    target.inlining.emplace(path, flags);
  target.compiled |= binary.compiled;
  if (binary.compiled && !binary.file.empty()) compiled_here_.push_back(request);
  if (++target.ready < target.wanted().size()) return;
  parts_.layers.lay_out(target, target.binaries);
  if (const auto* made = remote_ ? remote_->layer_of(target.first_request) : nullptr)
    parts_.layers.take_programs_layer(target, *made, remote_->layers());
  else
    parts_.layers.make_programs_layer(target);
}

}  // namespace whittle::builder
