#include "slimming/layer_plan.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "layers/estargz_index.hpp"
#include "layers/image_path.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = layers::MergedTree::Map::value_type;
using Origin = layers::MergedEntry::Origin;

// What an eStargz layer has for itself: it goes with the layer, and is no reason to write that anew.
bool is_of_form(std::string_view path) {
  const auto& names = layers::estargz_names;
  return std::find(names.begin(), names.end(), path) != names.end();
}

bool is_regular(const layers::TarEntry& entry) {
  return entry.is_file() || entry.type == '1';
}

class Planning {
 public:
  Planning(const SourceImage& image, const Selection& selection, const Symbols& symbols,
           const Duplicates* duplicates)
      : image_(image),
        selection_(selection),
        symbols_(symbols),
        duplicates_(duplicates),
        changed_(image.layers.size(), false) {}

  LayerPlan run(const KeepLayers& keep, const std::optional<layers::Compression::Format>& format) {
    find_changes();
    if (keep.lowest) {
      group_by(*keep.lowest);
    } else {
      find_duplicates_within();
      if (format) find_other_formats(*format);
      const auto first = std::find(changed_.begin(), changed_.end(), true);
      group_by(static_cast<std::size_t>(first - changed_.begin()));
    }
    link_duplicates();
    settle();
    assign();
    return std::move(plan_);
  }

 private:
  // ---- What is not as it was

  void find_changes() {
    std::vector<std::vector<bool>> stays;
    for (const auto& layer : image_.layers) stays.emplace_back(layer.entries.size() + 1, false);
    for (const auto& [path, merged] : image_.tree.entries()) {
      stays[merged.layer][static_cast<std::size_t>(merged.entry.number)] = true;
      const bool is_file = is_regular(merged.entry);
      if (!selection_.keeps(path) && !is_of_form(path)) changed_[merged.layer] = true;
      if (is_file && symbols_.stripped.contains(merged.origin)) changed_[merged.origin.layer] = true;
      // A link to a file of a lower layer goes where that is.
      if (is_file && merged.origin.layer != merged.layer)
        changed_[merged.origin.layer] = changed_[merged.layer] = true;
    }
    for (std::size_t i = 0; i < image_.layers.size(); ++i) {
      const auto& entries = image_.layers[i].entries;
      if (entries.empty()) changed_[i] = true;  // there is to be no empty layer (hostile 88)
      for (std::size_t number = 1; number <= entries.size() && !changed_[i]; ++number)
        changed_[i] = !stays[i][number] && !is_restated(entries[number - 1]);
    }
  }
  // A folder that is still one, with what a later layer says of it.
  bool is_restated(const SourceEntry& entry) const {
    if (entry.type != '5') return is_of_form(entry.path);
    const auto found = image_.tree.entries().find(entry.path);
    return found != image_.tree.entries().end() && found->second.entry.is_directory();
  }
  void find_duplicates_within() {
    if (duplicates_ == nullptr) return;
    for (const auto& set : duplicates_->sets()) {
      std::map<std::size_t, std::size_t> by_layer;
      for (const auto* entry : set)
        if (++by_layer[entry->second.origin.layer] > 1) changed_[entry->second.origin.layer] = true;
    }
  }
  void find_other_formats(layers::Compression::Format format) {
    for (std::size_t i = 0; i < image_.layers.size(); ++i)
      if (image_.layers[i].format != format) changed_[i] = true;
  }

  // ---- Which layers become one

  void group_by(std::size_t own) {
    for (std::size_t i = 0; i < image_.layers.size(); ++i) {
      if (i <= own || plan_.layers.empty())
        plan_.layers.push_back({i, i, false, {}});
      else
        plan_.layers.back().last = i;
      group_.push_back(plan_.layers.size() - 1);
    }
  }
  std::size_t group_of(const layers::MergedEntry& merged) const {
    return group_[is_regular(merged.entry) ? merged.origin.layer : merged.layer];
  }

  void link_duplicates() {
    if (duplicates_ == nullptr) return;
    for (const auto& set : duplicates_->sets()) {
      std::map<std::size_t, const Entry*> first;
      for (const auto* entry : set) {
        const auto [at, is_first] = first.try_emplace(group_[entry->second.origin.layer], entry);
        const auto is_stripped = [&](const Entry* one) {
          return symbols_.stripped.contains(one->second.origin);
        };
        if (is_first || is_stripped(entry) != is_stripped(at->second)) continue;
        one_file_[entry->second.origin] = at->second->second.origin;
        plan_.linked[entry->first] = at->second->first;
        changed_[entry->second.origin.layer] = changed_[at->second->second.origin.layer] = true;
      }
    }
  }

  void settle() {
    for (auto& layer : plan_.layers) {
      layer.stays = layer.first == layer.last && !changed_[layer.first];
      plan_.changes_anything = plan_.changes_anything || !layer.stays;
    }
  }

  // ---- What is in them

  void assign() {
    const auto folders = lowest_need();
    OriginTable<const Entry*> files;  // the first name of each
    for (const auto& entry : image_.tree.entries()) {
      const auto& [path, merged] = entry;
      if (!selection_.keeps(path)) continue;
      const auto group = group_of(merged);
      if (merged.entry.is_directory())
        if (const auto need = folders.find(path); need != folders.end() && need->second < group)
          put(need->second, {&entry});
      PlannedEntry planned{&entry};
      if (is_regular(merged.entry)) {
        auto& first = files[file_of(merged.origin)];
        if (first == nullptr)
          first = &entry;
        else
          planned.linked_to = first;
      }
      put(group, planned);
    }
  }
  void put(std::size_t group, const PlannedEntry& planned) {
    if (!plan_.layers[group].stays) plan_.layers[group].entries.push_back(planned);
  }
  Origin file_of(const Origin& origin) const {
    const auto found = one_file_.find(origin);
    return found == one_file_.end() ? origin : found->second;
  }
  // The lowest layer with something below each folder: there it has to be as well, with its mode and owner.
  std::unordered_map<std::string_view, std::size_t> lowest_need() const {
    std::unordered_map<std::string_view, std::size_t> need;
    for (const auto& [path, merged] : image_.tree.entries()) {
      if (!selection_.keeps(path)) continue;
      const auto group = group_of(merged);
      for (auto folder = layers::folder_of(path); !folder.empty(); folder = layers::folder_of(folder)) {
        const auto [at, is_new] = need.try_emplace(folder, group);
        if (!is_new && at->second <= group) break;
        at->second = group;
      }
    }
    return need;
  }

  const SourceImage& image_;
  const Selection& selection_;
  const Symbols& symbols_;
  const Duplicates* duplicates_;
  std::vector<bool> changed_;            // by layer
  std::vector<std::size_t> group_ = {};  // by layer: index in plan_.layers
  std::map<Origin, Origin> one_file_ = {};
  LayerPlan plan_ = {};
};

}  // namespace

LayerPlan plan_layers(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                      const Duplicates* duplicates, const KeepLayers& keep,
                      const std::optional<layers::Compression::Format>& format) {
  return Planning(image, selection, symbols, duplicates).run(keep, format);
}

}  // namespace whittle::slimming
