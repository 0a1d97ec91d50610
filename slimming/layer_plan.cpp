#include "slimming/layer_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "layers/estargz_index.hpp"
#include "layers/image_path.hpp"
#include "layers/layer_writer.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = layers::MergedEntry;
using Origin = layers::MergedEntry::Origin;

// What an eStargz layer has for itself: it goes with the layer, and is no reason to write that anew.
bool is_of_form(std::string_view path) {
  const auto& names = layers::estargz_names;
  return std::find(names.begin(), names.end(), path) != names.end();
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

  LayerPlan run(const KeepLayers& keep, const std::optional<LayerForm>& form) {
    find_changes();
    if (keep.lowest) {
      group_by(*keep.lowest);
    } else {
      find_duplicates_within();
      if (form) find_other_forms(*form);
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
    for (const auto& entry : image_.tree.all()) {
      const auto origin = entry.origin().layer;
      if (entry.is_hidden()) {
        if (!is_restated(entry)) changed_[entry.layer()] = true;
        continue;
      }
      if (!selection_.keeps(entry) && !is_of_form(entry.path())) changed_[entry.layer()] = true;
      if (!entry.is_file()) continue;
      if (symbols_.stripped.contains(entry.origin())) changed_[origin] = true;
      // A link to a file of a lower layer goes where that is.
      if (origin != entry.layer()) changed_[origin] = changed_[entry.layer()] = true;
    }
    // There is to be no empty layer (hostile 88), and none that says what is gone.
    for (std::size_t i = 0; i < image_.layers.size(); ++i)
      if (image_.layers[i].compressed.empty() || image_.layers[i].whiteouts > 0) changed_[i] = true;
  }
  // A folder that is still one, with what a later layer says of it.
  bool is_restated(const Entry& entry) const {
    if (!entry.is_directory()) return is_of_form(entry.path());
    const auto* now = image_.tree.entries().find(entry.path());
    return now != nullptr && now->is_directory();
  }
  void find_duplicates_within() {
    if (duplicates_ == nullptr) return;
    for (const auto& set : duplicates_->sets()) {
      std::map<std::size_t, std::size_t> by_layer;
      for (const auto* entry : set)
        if (const auto layer = entry->origin().layer; ++by_layer[layer] > 1) changed_[layer] = true;
    }
  }
  void find_other_forms(const LayerForm& form) {
    for (std::size_t i = 0; i < image_.layers.size(); ++i) {
      const auto& layer = image_.layers[i];
      const bool lacks_index = form.by_file && !layers::has_file_index(layer.descriptor);
      if (layer.format != form.format || lacks_index) changed_[i] = true;
    }
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
  std::size_t group_of(const Entry& entry) const {
    return group_[entry.is_file() ? entry.origin().layer : entry.layer()];
  }

  void link_duplicates() {
    if (duplicates_ == nullptr) return;
    for (const auto& set : duplicates_->sets()) {
      std::map<std::size_t, const Entry*> first;
      for (const auto* entry : set) {
        const auto [at, is_first] = first.try_emplace(group_of(*entry), entry);
        const auto* one = at->second;
        const auto is_stripped = [&](const Entry& each) { return symbols_.stripped.contains(each.origin()); };
        if (is_first || is_stripped(*entry) != is_stripped(*one)) continue;
        one_file_[entry->origin()] = one;
        plan_.linked[entry->place()] = one;
        changed_[entry->origin().layer] = changed_[one->origin().layer] = true;
        has_several_names_.insert(one->origin());
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
    const auto needs = lowest_needs();
    for (const auto& entry : image_.tree.entries())
      if (entry.is_hard_link()) has_several_names_.insert(file_of(entry));
    OriginTable<const Entry*> first;  // name of each file that has several
    for (const auto& entry : image_.tree.entries()) {
      if (!selection_.keeps(entry)) continue;
      const auto group = group_of(entry);
      if (const auto need = needs.find(entry.place()); need != 0 && need - 1 < group) put(need - 1, {&entry});
      PlannedEntry planned{&entry};
      if (entry.is_file() && has_several_names_.contains(file_of(entry))) {
        auto& name = first[file_of(entry)];
        if (name == nullptr)
          name = &entry;
        else
          planned.linked_to = name;
      }
      put(group, planned);
    }
  }
  void put(std::size_t group, const PlannedEntry& planned) {
    if (!plan_.layers[group].stays) plan_.layers[group].entries.push_back(planned);
  }
  Origin file_of(const Entry& entry) const {
    const auto* one = one_file_.find(entry.origin());
    return one == nullptr ? entry.origin() : one->origin();
  }
  // One more than the lowest layer with something below each folder: there it has to be as well, with its
  // mode and owner. 0: nothing is below it.
  OriginTable<std::uint32_t> lowest_needs() const {
    OriginTable<std::uint32_t> needs;
    if (plan_.layers.size() < 2) return needs;
    std::string_view last;  // folder, for which that layer and all above are known
    std::size_t known = SIZE_MAX;
    for (const auto& entry : image_.tree.entries()) {
      if (!selection_.keeps(entry)) continue;
      const auto group = group_of(entry);
      const auto folder = layers::folder_of(entry.path());
      if (folder == last && known <= group) continue;
      last = folder;
      known = group;
      note_need(folder, static_cast<std::uint32_t>(group + 1), needs);
    }
    return needs;
  }
  void note_need(std::string_view folder, std::uint32_t need, OriginTable<std::uint32_t>& needs) const {
    for (; !folder.empty(); folder = layers::folder_of(folder)) {
      const auto* entry = image_.tree.entries().find(folder);
      if (entry == nullptr || !entry->is_directory()) continue;  // one without an entry of its own
      auto& lowest = needs[entry->place()];
      if (lowest != 0 && lowest <= need) return;
      lowest = need;
    }
  }

  const SourceImage& image_;
  const Selection& selection_;
  const Symbols& symbols_;
  const Duplicates* duplicates_;
  std::vector<bool> changed_;                // by layer
  std::vector<std::size_t> group_ = {};      // by layer: index in plan_.layers
  OriginTable<const Entry*> one_file_ = {};  // that a duplicate becomes
  OriginSet has_several_names_ = {};
  LayerPlan plan_ = {};
};

}  // namespace

LayerPlan plan_layers(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                      const Duplicates* duplicates, const KeepLayers& keep,
                      const std::optional<LayerForm>& form) {
  return Planning(image, selection, symbols, duplicates).run(keep, form);
}

}  // namespace whittle::slimming
