#include "builder/image_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/requirements.hpp"
#include "common/digest.hpp"

namespace whittle::builder {
namespace {

class FactWriter {
 public:
  explicit FactWriter(ImageFacts& facts) : facts_(facts) {}

  template <class Texts>
  void list(const char* name, const Texts& texts) {
    KeyHasher hasher;
    for (const auto& text : texts) hasher.add(text);
    put(name, hasher);
  }
  template <class Pairs>
  void mapping(const char* name, const Pairs& pairs) {
    if (pairs.empty()) return;
    KeyHasher hasher;
    for (const auto& [key, value] : pairs) hasher.add(key).add(value);
    put(name, hasher);
  }
  void text(const char* name, std::string_view value) {
    if (!value.empty()) put(name, KeyHasher().add(value));
  }
  template <class Hasher>
  void put(const char* name, Hasher&& hasher) {
    facts_.insert_or_assign(name, hasher.finish().hex());
  }

 private:
  ImageFacts& facts_;
};

// What the lock says of it; an image that no lock names by what it is called.
void add_base(const Target& target, const Lock& lock, FactWriter& facts) {
  const auto& image = *target.plan.spec;
  KeyHasher base;
  base.add(image.base);
  const auto locked = lock.images.find(image.base);
  if (locked != lock.images.end()) {
    const auto manifest = locked->second.manifests.find(target.plan.platform.text());
    if (manifest != locked->second.manifests.end()) base.add(manifest->second.text());
  }
  KeyHasher packages;
  packages.add(fmt::format("{}", image.packages.allow_setid));
  for (const auto& kept : image.packages.keep) packages.add(kept);
  for (const auto& set : package_sets_of(image)) {
    auto& part = set.wishes.empty() ? base : packages;
    part.add(set.name());
    const auto chosen = lock.sets.find(set.name());
    if (chosen == lock.sets.end()) continue;
    const auto keys = chosen->second.find(debian_word(target.plan.platform));
    if (keys == chosen->second.end()) continue;
    for (const auto& key : keys->second) part.add(lock.packages.at(key).package.digest.text());
  }
  facts.put("base", base);
  if (!image.packages.wishes.empty()) facts.put("packages", packages);
}

// The lock's, which may be of another machine than this one.
void add_c_compiler(const Target& target, const BuildPlan& plan, const Lock& lock, FactWriter& facts) {
  KeyHasher compilers;
  bool any = false;
  for (std::size_t i = 0; i < target.wanted().size(); ++i) {
    const auto wish = plan.wishes.find(target.first_request + i);
    if (wish == plan.wishes.end()) continue;
    const auto locked = lock.c_compilers.find(wish->second.name());
    if (locked == lock.c_compilers.end()) continue;
    compilers.add(locked->second.digest.text());
    any = true;
  }
  if (any) facts.put("cgo", compilers);
}

}  // namespace

ImageFacts image_facts(const Target& target, const BuildPlan& plan, const Lock& lock) {
  const auto& image = *target.plan.spec;
  ImageFacts result;
  FactWriter facts(result);
  add_base(target, lock, facts);
  add_c_compiler(target, plan, lock, facts);
  if (const auto& files = plan.files.at(image.name); !files.empty())
    facts.text("files", files.digest().text());
  facts.text("user", image.user.value_or(""));
  facts.mapping("env", image.env);
  if (image.entrypoint) facts.list("entrypoint", *image.entrypoint);
  if (image.args) facts.list("args", *image.args);
  facts.text("working-dir", image.working_dir);
  if (!image.ports.empty()) facts.list("ports", image.ports);
  if (!image.volumes.empty()) facts.list("volumes", image.volumes);
  facts.text("stop-signal", image.stop_signal);
  facts.mapping("labels", image.labels);
  facts.mapping("annotations", image.annotations);
  if (image.memory) facts.text("memory", fmt::format("{} {}", image.memory->written, image.memory->share));
  if (target.plan.epoch != 0) facts.text("SOURCE_DATE_EPOCH", fmt::format("{}", target.plan.epoch));
  return result;
}

std::vector<std::string> differences(const ImageFacts& before, const ImageFacts& after) {
  std::vector<std::string> names;
  for (const auto& [name, value] : after) {
    const auto found = before.find(name);
    if (found == before.end() || found->second != value) names.push_back(name);
  }
  for (const auto& [name, value] : before)
    if (!after.contains(name)) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace whittle::builder
