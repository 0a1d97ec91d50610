#include "builder/change_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "builder/earlier_tree.hpp"
#include "builder/known_images.hpp"
#include "builder/prepared_build.hpp"
#include "builder/shared_cache.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

using Reasons = std::vector<ChangeReason>;

void add(Reasons& reasons, ChangeReason reason) {
  if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
    reasons.push_back(std::move(reason));
}

ChangeReason reason_of(const ChangedInput& change) {
  auto path = change.path.substr(2);  // "P/"
  if (change.kind != FileStates::Kind::file) path += '/';
  return {"sources", std::move(path), change.package};
}

void add_differences(const ImageFacts& before, const ImageFacts& now, Reasons& reasons) {
  for (auto& name : differences(before, now)) add(reasons, {std::move(name)});
}

// Against what is recorded.
class RecordedChanges {
 public:
  explicit RecordedChanges(PreparedBuild& prepared) : prepared_(prepared), build_(prepared.build) {}

  std::vector<Reasons> run() {
    const bool knows = prepared_.programs.are_known_here();
    auto& targets = prepared_.plan.targets;
    std::vector<Reasons> reasons;
    for (const auto& target : targets) reasons.push_back(here(target, knows));
    parallel_for(targets.size(), questions_at_once, build_.stop, [&](std::size_t i) {
      if (!reasons[i].empty()) ask_others(targets[i], reasons[i]);
    });
    return reasons;
  }

 private:
  Reasons here(const Target& target, bool programs_are_known) {
    const auto known = programs_are_known ? known_image(target, build_) : std::nullopt;
    if (!known || known->programs.size() != target.wanted().size()) return {{"unrecorded"}};
    Reasons reasons;
    if (known->key != target.key) add(reasons, {"settings"});
    add_differences(known->facts, image_facts(target, prepared_.plan, prepared_.lock), reasons);
    for (std::size_t i = 0; i < known->programs.size(); ++i) {
      const auto& request = prepared_.plan.requests[target.first_request + i];
      const auto recorded = prepared_.programs.compiler().recorded(request);
      if (!recorded) return {{"unrecorded"}};
      if (const auto change = first_change(*recorded, request.main, build_.states))
        add(reasons, reason_of(*change));
      else if (recorded->inputs != known->programs[i])
        add(reasons, {"programs"});
    }
    return reasons;
  }

  // A record that says the same as this tree: nothing changed. Of others the newest says what did, where
  // nothing is known here.
  void ask_others(const Target& target, Reasons& reasons) {
    if (!prepared_.cache || !target.shareable) return;
    const auto facts = image_facts(target, prepared_.plan, prepared_.lock);
    const auto programs = programs_of(target, prepared_.plan);
    std::optional<Reasons> newest;
    const auto found =
        prepared_.cache->find(*target.key, target.plan.spec->name, [&](const SharedRecord& record) {
          auto differs = against(record, programs, facts);
          const bool fits = differs.empty();
          if (!newest) newest = std::move(differs);
          return fits;
        });
    if (found)
      reasons.clear();
    else if (newest && !newest->empty() && reasons == Reasons{{"unrecorded"}})
      reasons = std::move(*newest);
  }

  Reasons against(const SharedRecord& record, const SharedPrograms& programs, const ImageFacts& facts) {
    if (record.programs.size() != programs.requests.size()) return {{"settings"}};
    Reasons reasons;
    add_differences(record.facts, facts, reasons);
    for (std::size_t i = 0; i < record.programs.size(); ++i)
      if (const auto change =
              first_change(record.programs[i].made_from, programs.requests[i].main, build_.states))
        add(reasons, reason_of(*change));
    return reasons;
  }

  PreparedBuild& prepared_;
  const BuildContext& build_;
};

// Against the tree of a commit.
class ChangesSince {
 public:
  ChangesSince(PreparedBuild& prepared, const std::string& revision)
      : prepared_(prepared), build_(prepared.build), tree_(build_, revision), plain_(prepared.plan) {
    for (auto& request : plain_.requests) request.c_compiler.reset();
  }

  std::vector<Reasons> run() {
    find_inputs();
    std::vector<Reasons> reasons;
    for (const auto& target : prepared_.plan.targets) reasons.push_back(since(target));
    return reasons;
  }

 private:
  // The same target there.
  struct Before {
    const EarlierTree::Image* image = nullptr;
    const Target* target = nullptr;
  };
  Before before(const Target& target) {
    const auto* image = tree_.image(target.plan.spec->name);
    if (image == nullptr) return {};
    for (const auto& one : image->plan.targets)
      if (one.plan.platform == target.plan.platform && one.wanted().size() == target.wanted().size())
        return {image, &one};
    return {};
  }

  // What each program is made from, now or there: known here, or to others, or listed by go.
  void find_inputs() {
    const auto& requests = prepared_.plan.requests;
    std::vector<std::size_t> open;
    const bool knows = prepared_.programs.are_known_here();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto recorded = knows ? prepared_.programs.compiler().recorded(requests[i]) : std::nullopt;
      if (recorded && !first_change(*recorded, requests[i].main, build_.states))
        inputs_.emplace(i, std::move(*recorded));
      else
        open.push_back(i);
    }
    open = asked_others(open);
    if (open.empty()) return;
    build_.reporter.verbose(fmt::format("{} programs are listed by go", open.size()));
    prepared_.programs.compiler().list(requests, open);
    for (const auto request : open)
      inputs_.emplace(request, prepared_.programs.compiler().made_from(requests[request]));
  }

  std::vector<std::size_t> asked_others(const std::vector<std::size_t>& open) {
    if (!prepared_.cache) return open;
    const auto& targets = prepared_.plan.targets;
    std::vector<std::optional<SharedRecord>> found(targets.size());
    parallel_for(targets.size(), questions_at_once, build_.stop, [&](std::size_t i) {
      const auto& target = targets[i];
      if (!target.shareable || std::find(open.begin(), open.end(), target.first_request) == open.end())
        return;
      const auto programs = programs_of(target, prepared_.plan);
      found[i] = prepared_.cache->find(*target.key, target.plan.spec->name, [&](const SharedRecord& record) {
        return is_unchanged(record, programs, build_.states);
      });
    });
    for (std::size_t i = 0; i < targets.size(); ++i)
      for (std::size_t k = 0; found[i] && k < found[i]->programs.size(); ++k)
        inputs_.emplace(targets[i].first_request + k, std::move(found[i]->programs[k].made_from));
    std::vector<std::size_t> rest;
    for (const auto request : open)
      if (!inputs_.contains(request)) rest.push_back(request);
    return rest;
  }

  Reasons since(const Target& target) {
    const auto [image, there] = before(target);
    if (image == nullptr || there == nullptr) return {{"absent"}};
    const auto& lock = image->lock.go ? image->lock : prepared_.lock;  // not all keep it with the sources
    Reasons reasons;
    if (key_of(target, plain_, prepared_.lock) != key_of(*there, image->plan, lock))
      add(reasons, {"settings"});
    for (auto& name : differences(image_facts(*there, image->plan, lock),
                                  image_facts(target, prepared_.plan, prepared_.lock)))
      add(reasons, name == "files" ? changed_file(target, *image) : ChangeReason{std::move(name)});
    for (std::size_t i = 0; i < target.wanted().size(); ++i) {
      const auto& main = image->plan.requests[there->first_request + i].main;
      if (const auto change = first_change(inputs_.at(target.first_request + i), main, tree_.states()))
        add(reasons, reason_of(*change));
    }
    return reasons;
  }

  Digest key_of(const Target& target, const BuildPlan& plan, const Lock& lock) {
    return record_key(target, plan, lock, prepared_.requirements.host, prepared_.layers.assembler(),
                      build_.options);
  }

  // The first by name that is another, or only in one of both trees.
  ChangeReason changed_file(const Target& target, const EarlierTree::Image& image) {
    const auto& name = target.plan.spec->name;
    std::map<std::filesystem::path, Digest> there;
    for (const auto& [file, digest] : image.plan.taken.at(name))
      there.emplace(file.lexically_relative(image.spec.folder), digest);
    for (const auto& [file, digest] : prepared_.plan.taken.at(name)) {
      const auto relative = file.lexically_relative(build_.spec.folder);
      const auto found = there.find(relative);
      if (found == there.end() || found->second != digest) return {"files", relative.native()};
      there.erase(found);
    }
    return {"files", there.empty() ? std::string() : there.begin()->first.native()};
  }

  PreparedBuild& prepared_;
  const BuildContext& build_;
  EarlierTree tree_;
  BuildPlan plain_;  // without C compilers: those are among the facts, as the lock has them
  std::map<std::size_t, MadeFrom> inputs_ = {};  // by request, of the present tree
};

std::string shown_chain(const std::vector<std::string>& chain) {
  std::vector<std::string> names;
  for (const auto& path : chain) names.push_back(escaped(path));
  return fmt::format("{}", fmt::join(names, " → "));
}

}  // namespace

std::string ChangeReason::text() const {
  if (what == "unrecorded") return "nothing is recorded of it";
  if (what == "absent") return "that commit has no such image";
  if (what == "settings") return "it is compiled otherwise: flags, tags, Go, or whittle itself";
  if (what == "programs") return "its programs were made anew since";
  if (what != "sources")
    return path.empty() ? fmt::format("`{}` changed", escaped(what))
                        : fmt::format("{} changed (`{}`)", escaped(path), escaped(what));
  const auto changed = path.ends_with('/') ? fmt::format("a file of {} came or went", escaped(path))
                                           : fmt::format("{} changed", escaped(path));
  return chain.empty() ? changed : fmt::format("{} ({})", changed, shown_chain(chain));
}

std::vector<PlannedImage> plan_changes(const Spec& spec, const BuildOptions& options,
                                       const std::optional<std::string>& revision, const Host& host,
                                       Cache& cache, registry::Access& access, Reporter& reporter,
                                       const std::stop_token& stop) {
  PreparedBuild prepared(spec, options, host, cache, access, reporter, stop);
  prepared.prepare(false);
  const auto reasons = revision ? ChangesSince(prepared, *revision).run() : RecordedChanges(prepared).run();
  prepared.save();
  std::vector<PlannedImage> images;
  for (const auto& image : prepared.build.spec.images) {
    images.push_back({image.name, {}});
    for (std::size_t i = 0; i < reasons.size(); ++i)
      if (prepared.plan.targets[i].plan.spec == &image)
        for (const auto& reason : reasons[i]) add(images.back().reasons, reason);
  }
  return images;
}

}  // namespace whittle::builder
