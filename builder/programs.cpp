#include "builder/programs.hpp"

#include <numeric>

#include "common/file.hpp"

namespace whittle::builder {

Programs::Programs(Parts parts)
    : parts_(parts),
      go_ahead_(parts.build.host, parts.build.cache, parts.build.states, parts.origins),
      started_(file_clock_now()) {}

void Programs::expect(const LockedGo& go) {
  go_ahead_.begin(go, parts_.requirements.host);
}

void Programs::make(SharedTargets* shared) {
  const auto& requests = parts_.plan.requests;
  started_ = file_clock_now();
  std::vector<std::size_t> missing(requests.size());
  std::iota(missing.begin(), missing.end(), 0);
  const auto ready = [this](std::size_t request, const Binary& binary) { add(request, binary); };
  const bool known_here = shared == nullptr || are_known_here();
  if (known_here) missing = compiler().find(requests, missing, ready);
  if (shared != nullptr) missing = shared->take(missing);
  if (!missing.empty()) {
    if (!known_here) missing = compiler().find(requests, missing, ready);
    compiler().make(requests, missing, ready);
  }
  for (std::size_t request = 0; request < requests.size(); ++request) static_cast<void>(made_from(request));
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
  return compiler_.emplace(go_host_, *go_, parts_.build.cache, parts_.build.states, parts_.results,
                           CompilerOptions{parts_.build.options.jobs, started_}, parts_.build.reporter,
                           parts_.build.stop);
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
  entry.is_private = binary.compiled;  // hashed just now, in a folder of the cache
  entry.open = [file = binary.file] { return std::make_unique<FileSource>(file); };
  target.binaries.add(path, std::move(entry));
  target.programs.push_back({path, binary.digest, binary.file});
  if (binary.has_lines_apart) target.split.insert(path);
  if (const auto& flags = parts_.plan.requests[request].inlining; !flags.empty())
    target.inlining.emplace(path, flags);
  target.compiled |= binary.compiled;
  if (++target.ready < target.wanted().size()) return;
  parts_.layers.lay_out(target, target.binaries);
  parts_.layers.make_programs_layer(target);
}

}  // namespace whittle::builder
