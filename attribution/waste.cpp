#include "attribution/waste.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "layers/estargz_index.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::attribution {
namespace {

using Reason = WastedFile::Reason;

// Of the later layers, the nearest entry of the same path.
struct Later {
  const LayerEntry* entry = nullptr;
  std::size_t layer = 0;
};

class Search {
 public:
  explicit Search(const std::vector<const LayerContents*>& layers) : layers_(layers) { see_what_stays(); }

  Waste run() {
    find_hidden();
    find_duplicates();
    auto& files = waste_.files;
    std::sort(files.begin(), files.end(), [](const WastedFile& a, const WastedFile& b) {
      return std::tie(b.size.compressed, b.size.raw, a.layer, a.path) <
             std::tie(a.size.compressed, a.size.raw, b.layer, b.path);
    });
    for (const auto& file : files) waste_.size += file.size;
    return std::move(waste_);
  }

 private:
  void see_what_stays() {
    layers::MergedTree tree(std::numeric_limits<std::uint32_t>::max());  // all entries are in memory already
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      stays_.emplace_back(layers_[i]->entries.size() + 1, false);
      for (const auto& entry : layers_[i]->entries) tree.add(i, header_of(entry), entry.content);
    }
    for (const auto& entry : tree.entries()) {
      const auto number = static_cast<std::size_t>(entry.number());
      if (number < stays_[entry.layer()].size()) stays_[entry.layer()][number] = true;
      if (const auto* content = tree.content(entry); entry.is_hard_link() && content != nullptr)
        linked_.insert(*content);
    }
  }

  static layers::TarEntry header_of(const LayerEntry& entry) {
    layers::TarEntry header;
    header.path = entry.path;
    header.target = entry.target;
    header.type = entry.type;
    header.number = entry.number;
    return header;
  }
  bool stays(std::size_t layer, const LayerEntry& entry) const {
    return stays_[layer][static_cast<std::size_t>(entry.number)];
  }

  // A file that is reached by a hard link still is no waste, whatever became of its first name.
  void find_hidden() {
    std::unordered_map<std::string_view, Later> later;
    for (std::size_t i = layers_.size(); i-- > 0;)
      for (auto at = layers_[i]->entries.rbegin(); at != layers_[i]->entries.rend(); ++at) {
        const auto& entry = *at;
        const auto found = later.find(entry.path);
        if (entry.is_file() && !is_of_form(entry) && !stays(i, entry) &&
            !(entry.content && linked_.contains(*entry.content)))
          waste_.files.push_back(hidden(entry, i, found == later.end() ? Later() : found->second));
        if (entry.is_file()) later[entry.path] = {&entry, i};
      }
  }

  // Whiteouts, and what eStargz needs in each layer.
  static bool is_of_form(const LayerEntry& entry) {
    const auto& names = layers::estargz_names;
    if (std::find(names.begin(), names.end(), entry.path) != names.end()) return true;
    const auto slash = entry.path.rfind('/');
    return entry.path.compare(slash == std::string::npos ? 0 : slash + 1, 4, ".wh.") == 0;
  }

  static WastedFile hidden(const LayerEntry& entry, std::size_t layer, const Later& later) {
    WastedFile file{entry.path, layer, entry.cost, Reason::deleted};
    if (later.entry == nullptr) return file;
    const bool is_equal = entry.content && entry.content == later.entry->content;
    file.reason = is_equal ? Reason::copied : Reason::overwritten;
    file.by = later.layer;
    return file;
  }

  void find_duplicates() {
    std::unordered_map<std::string_view, Later> first;
    for (std::size_t i = 0; i < layers_.size(); ++i)
      for (const auto& entry : layers_[i]->entries) {
        if (!entry.is_file() || is_of_form(entry) || entry.size == 0 || !entry.content || !stays(i, entry))
          continue;
        const auto [at, is_first] = first.try_emplace(entry.content->text(), Later{&entry, i});
        if (is_first) continue;
        const auto& kept = at->second;
        waste_.files.push_back({entry.path, i, entry.cost, Reason::duplicate, kept.layer, kept.entry->path});
      }
  }

  const std::vector<const LayerContents*>& layers_;
  std::vector<std::vector<bool>> stays_ = {};  // by layer and number
  std::set<Digest> linked_ = {};
  Waste waste_ = {};
};

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::overwritten:
      return "overwritten";
    case Reason::copied:
      return "copied";
    case Reason::deleted:
      return "deleted";
    case Reason::duplicate:
      return "duplicate";
  }
  return "unknown";
}

Size Waste::of(Reason reason) const {
  Size sum;
  for (const auto& file : files)
    if (file.reason == reason) sum += file.size;
  return sum;
}

Waste find_waste(const std::vector<const LayerContents*>& layers) {
  return Search(layers).run();
}

}  // namespace whittle::attribution
