#include "layers/merged_tree.hpp"
#include "layers/image_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";
constexpr std::string_view reserved = ".wh..wh.";  // of aufs, nobody else reads them
constexpr std::size_t warnings_limit = 1'000;

std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

[[noreturn]] void broken(std::size_t layer, const TarEntry& entry, std::string_view why) {
  throw Error(ErrorKind::integrity,
              fmt::format("layer {}, entry {}, {}, {}", layer, entry.number,
                          shown(entry.written.empty() ? entry.path : entry.written), why));
}

}  // namespace

// One layer on its way into the tree.
class MergedTree::Application {
 public:
  Application(MergedTree& tree, std::size_t layer) : tree_(tree), layer_(layer) {}

  using Content = std::function<std::optional<Digest>(const TarEntry&)>;
  void take(TarEntry entry, const Content& content) {
    if (entry.path.empty() && !entry.is_directory())
      broken(layer_, entry, "stands for the root and is no folder");
    auto path = path_in_tree(entry, entry.path);
    if (take_whiteout(entry, path)) return;
    MergedEntry merged{{}, layer_, {}, {layer_, entry.number}};
    if (entry.type == '1') {
      merged = linked(entry, path);
    } else {
      if (entry.is_file()) merged.content = content(entry);
      merged.entry = std::move(entry);
    }
    make_room(path, merged.entry);
    warn_of_doubles(path, merged.entry);
    tree_.entries_.insert_or_assign(std::move(path), std::move(merged));
    if (tree_.entries_.size() > entries_limit)
      throw Error(ErrorKind::limit, fmt::format("the image has more than {} files", entries_limit));
  }

 private:
  // Symbolic links on the way are followed, as runtimes do inside the root; the last component is not
  // (hostile 60).
  std::string path_in_tree(const TarEntry& entry, std::string_view path) const {
    const auto folder = tree_.end_of_links(folder_of(path));
    if (!folder) broken(layer_, entry, "lies behind symbolic links without an end");
    return joined(*folder, name_of_path(path));
  }

  // A name that says what of the layers below is not there any more (layer.md, "Whiteouts").
  bool take_whiteout(const TarEntry& entry, std::string_view at) {
    const auto name = name_of_path(at);
    if (!name.starts_with(whiteout)) return false;
    const auto folder = folder_of(at);
    if (name == opaque) {
      remove_below(folder);
      return true;
    }
    if (name.starts_with(reserved)) {
      warn(fmt::format("layer {}, entry {}: {} is ignored", layer_, entry.number, shown(entry.path)));
      return true;
    }
    const auto hidden = name.substr(whiteout.size());
    if (hidden.empty() || hidden == "." || hidden == "..")
      broken(layer_, entry, "hides nothing that could have a name");
    const auto path = joined(folder, hidden);
    remove_lower(path);
    remove_below(path);
    return true;
  }

  // The same file under another name. It is one of this layer or of those below, met before (hostile 62); a
  // link to a symbolic link stays one to that (hostile 63).
  MergedEntry linked(const TarEntry& link, std::string_view path) const {
    const auto target = path_in_tree(link, normal(link));
    const auto found = tree_.entries_.find(target);
    if (found == tree_.entries_.end() || found->second.entry.is_directory() || target == path)
      broken(layer_, link, fmt::format("is a hard link to {}, where no file is", shown(link.target)));
    MergedEntry merged = found->second;
    merged.layer = layer_;
    merged.entry.path = link.path;
    merged.entry.written = link.written;
    merged.entry.number = link.number;
    if (!merged.entry.is_file() && merged.entry.type != '1') return merged;
    merged.entry.type = '1';
    merged.entry.target = target;
    return merged;
  }

  std::string normal(const TarEntry& link) const {
    std::string path;
    for (std::string_view rest = link.target; !rest.empty();) {
      const auto end = std::min(rest.find('/'), rest.size());
      const auto component = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (component.empty() || component == ".") continue;
      if (component == "..")
        broken(layer_, link, fmt::format("is a hard link to {}, outside", shown(link.target)));
      path = joined(path, component);
    }
    return path;
  }

  // What is in the way: a file where a folder must be, and all of a folder where something else comes.
  void make_room(std::string_view path, const TarEntry& entry) {
    for (auto folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
      const auto found = tree_.entries_.find(folder);
      if (found != tree_.entries_.end() && !found->second.entry.is_directory()) tree_.entries_.erase(found);
    }
    // A folder may be there without an entry of its own.
    if (!path.empty() && !entry.is_directory()) erase_below(path, [](const MergedEntry&) { return true; });
  }

  void warn_of_doubles(std::string_view path, const TarEntry& entry) {
    const auto found = tree_.entries_.find(path);
    if (found == tree_.entries_.end() || found->second.layer != layer_ || entry.is_directory()) return;
    warn(fmt::format("layer {} has {} twice, as entries {} and {}; the later counts", layer_, shown(path),
                     found->second.entry.number, entry.number));
  }
  void warn(std::string text) {
    if (tree_.warnings_.size() < warnings_limit) tree_.warnings_.push_back(std::move(text));
  }

  void remove_lower(std::string_view path) {
    const auto found = tree_.entries_.find(path);
    if (found != tree_.entries_.end() && found->second.layer < layer_) tree_.entries_.erase(found);
  }
  void remove_below(std::string_view folder) {
    erase_below(folder, [this](const MergedEntry& entry) { return entry.layer < layer_; });
  }
  template <typename Which>
  void erase_below(std::string_view folder, const Which& which) {
    const std::string prefix = folder.empty() ? std::string() : fmt::format("{}/", folder);
    auto at = tree_.entries_.lower_bound(prefix);
    while (at != tree_.entries_.end() && at->first.starts_with(prefix)) {
      const bool is_root = at->first.empty();
      at = !is_root && which(at->second) ? tree_.entries_.erase(at) : std::next(at);
    }
  }

  MergedTree& tree_;
  std::size_t layer_;
};

void MergedTree::apply(std::size_t layer, TarReader& tar, const OnFile& on_file) {
  Application application(*this, layer);
  const auto content = [&](const TarEntry& entry) { return on_file ? on_file(entry, tar) : std::nullopt; };
  while (auto entry = tar.next()) application.take(std::move(*entry), content);
}

void MergedTree::add(std::size_t layer, TarEntry entry, std::optional<Digest> content) {
  Application(*this, layer).take(std::move(entry), [&](const TarEntry&) { return content; });
}

// The path that `path` means once every symbolic link is followed, whether or not anything is there; nothing
// when there are too many. None leads above the root.
std::optional<std::string> MergedTree::end_of_links(std::string_view path) const {
  std::vector<std::string> rest;  // components still to go, the last first
  const auto push = [&rest](std::string_view more) {
    std::vector<std::string> components;
    while (!more.empty()) {
      const auto end = std::min(more.find('/'), more.size());
      if (end > 0 && more.substr(0, end) != ".") components.emplace_back(more.substr(0, end));
      more.remove_prefix(std::min(end + 1, more.size()));
    }
    rest.insert(rest.end(), components.rbegin(), components.rend());
  };
  push(path);
  std::string at;
  for (unsigned links = 0; !rest.empty();) {
    const auto component = std::move(rest.back());
    rest.pop_back();
    if (component == "..") {
      at = folder_of(at);
      continue;
    }
    auto next = joined(at, component);
    const auto found = entries_.find(next);
    if (found == entries_.end() || found->second.entry.type != '2') {
      at = std::move(next);
      continue;
    }
    if (++links > links_limit) return std::nullopt;
    if (found->second.entry.target.starts_with('/')) at.clear();
    push(found->second.entry.target);
  }
  return at;
}

const MergedEntry* MergedTree::resolve(std::string_view path) const {
  const auto end = end_of_links(path);
  const auto found = end ? entries_.find(*end) : entries_.end();
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace whittle::layers
