#include "layers/merged_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::layers {
namespace {

constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";
constexpr std::string_view reserved = ".wh..wh.";  // of aufs, nobody else reads them
constexpr std::size_t warnings_limit = 1'000;
constexpr std::uint64_t text_per_entry = 256;  // bytes, on an average of as many entries as there may be

std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

[[noreturn]] void broken(std::size_t layer, const TarEntry& entry, std::string_view why) {
  throw Error(ErrorKind::integrity,
              fmt::format("layer {}, entry {}, {}, {}", layer, entry.number,
                          shown(entry.written.empty() ? entry.path : entry.written), why));
}

CommonFields common_fields(const TarEntry& entry) {
  return {entry.uid,   entry.gid,   entry.device_major, entry.device_minor,
          entry.owner, entry.group, entry.xattrs,       entry.records};
}

std::uint64_t bytes_of(const CommonFields& fields) {
  auto bytes = sizeof(CommonFields) + fields.owner.size() + fields.group.size();
  for (const auto* map : {&fields.xattrs, &fields.records})
    for (const auto& [key, value] : *map) bytes += 2 * sizeof(std::string) + key.size() + value.size();
  return bytes;
}

}  // namespace

TarEntry MergedEntry::header() const {
  TarEntry entry;
  entry.path = path();
  entry.target = target();
  entry.type = type_;
  entry.mode = mode_;
  entry.uid = uid();
  entry.gid = gid();
  entry.size = size_;
  entry.offset = offset_;
  entry.mtime = mtime_;
  entry.mtime_nanoseconds = mtime_nanoseconds_;
  entry.owner = common_->owner;
  entry.group = common_->group;
  entry.device_major = common_->device_major;
  entry.device_minor = common_->device_minor;
  entry.xattrs = common_->xattrs;
  entry.records = common_->records;
  entry.number = number_;
  return entry;
}

// One layer on its way into the tree.
class MergedTree::Application {
 public:
  Application(MergedTree& tree, std::size_t layer) : tree_(tree), layer_(layer) {}

  using Content = std::function<std::optional<Digest>(const TarEntry&)>;
  void take(const TarEntry& entry, const Content& content) {
    if (entry.path.empty() && !entry.is_directory())
      broken(layer_, entry, "stands for the root and is no folder");
    const auto path = path_in_tree(entry, entry.path);
    if (take_whiteout(entry, path)) return;
    if (entry.type == '3' && entry.device_major == 0 && entry.device_minor == 0)
      warn(fmt::format(
          "layer {}, entry {}: {} is the device 0:0, with which overlay file systems hide a file, "
          "and layers do not",
          layer_, entry.number, shown(entry.path)));
    auto merged = entry.type == '1' ? linked(entry, path) : stored(entry);
    if (entry.is_file())
      if (const auto digest = content(entry))
        tree_.contents_.insert_or_assign(tree_.contents_.end(), merged.origin(), *digest);
    make_room(path, merged);
    put(path, merged);
    remember(folder_of(entry.path), folder_of(path));
  }

 private:
  // Symbolic links on the way are followed, as runtimes do inside the root; the last component is not
  // (hostile 60).
  std::string path_in_tree(const TarEntry& entry, std::string_view path) {
    const auto folder = folder_of(path);
    auto& last = tree_.folder_;
    if (last.is_known && last.written == folder) return joined(last.path, name_of_path(path));
    auto end = tree_.end_of_links(folder);
    if (!end) broken(layer_, entry, "lies behind symbolic links without an end");
    return joined(*end, name_of_path(path));
  }

  // Nothing in a folder leads the way to it elsewhere, so it stays known until something is removed.
  void remember(std::string_view written, std::string_view path) {
    auto& last = tree_.folder_;
    if (last.is_known && last.written == written) return;
    last.written = written;
    last.path = path;
    last.is_known = true;
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

  // ---- What is kept of an entry

  MergedEntry stored(const TarEntry& entry) {
    MergedEntry merged;
    set_place(entry, merged);
    merged.origin_layer_ = merged.layer_;
    merged.origin_number_ = merged.number_;
    merged.type_ = entry.type;
    merged.mode_ = static_cast<std::uint16_t>(entry.mode);
    merged.size_ = entry.size;
    merged.offset_ = entry.offset;
    merged.mtime_ = entry.mtime;
    merged.mtime_nanoseconds_ = entry.mtime_nanoseconds;
    merged.target_ = tree_.texts_.keep(entry.target);
    merged.common_ = kept(common_fields(entry));
    return merged;
  }
  void set_place(const TarEntry& entry, MergedEntry& merged) const {
    if (layer_ > UINT32_MAX || entry.number > UINT32_MAX)
      broken(layer_, entry, "is one of more than can be counted");
    merged.layer_ = static_cast<std::uint32_t>(layer_);
    merged.number_ = static_cast<std::uint32_t>(entry.number);
  }
  const CommonFields* kept(CommonFields fields) {
    if (tree_.last_common_ == nullptr || *tree_.last_common_ != fields) {
      const auto bytes = bytes_of(fields);
      const auto [at, is_new] = tree_.common_.insert(std::move(fields));
      if (is_new) tree_.common_bytes_ += bytes;
      tree_.last_common_ = &*at;
    }
    return tree_.last_common_;
  }

  // The same file under another name. It is one of this layer or of those below, met before (hostile 62); a
  // link to a symbolic link stays one to that (hostile 63).
  MergedEntry linked(const TarEntry& link, std::string_view path) {
    const auto target = path_in_tree(link, normal(link));
    const auto* found = tree_.seen_.find(target);
    if (found == nullptr || found->is_directory() || target == path)
      broken(layer_, link, fmt::format("is a hard link to {}, where no file is", shown(link.target)));
    MergedEntry merged = *found;
    set_place(link, merged);
    if (!merged.is_file()) return merged;
    merged.type_ = '1';
    merged.target_ = found->path_;
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

  // ---- Its place

  // What is in the way: a file where a folder must be, and all of a folder where something else comes. A
  // folder may be there without an entry of its own.
  void make_room(std::string_view path, const MergedEntry& merged) {
    const auto above = folder_of(path);
    if (!tree_.folder_.is_known || tree_.folder_.path != above)
      for (auto folder = above; !folder.empty(); folder = folder_of(folder))
        if (const auto* found = tree_.seen_.find(folder); found != nullptr && !found->is_directory())
          hide(tree_.seen_.lower_bound(folder));
    if (!path.empty() && !merged.is_directory()) hide_below(path, [](const MergedEntry&) { return true; });
  }

  void put(std::string_view path, MergedEntry& merged) {
    const auto* old = tree_.seen_.find(path);
    merged.path_ = old == nullptr ? tree_.texts_.keep(path) : old->path_;
    merged.is_hidden_ = false;
    if (tree_.all_.size() >= tree_.most_entries_ ||
        tree_.texts_.bytes() + tree_.common_bytes_ > tree_.most_entries_ * text_per_entry)
      too_many();
    tree_.all_.push_back(merged);
    if (const auto* hidden = tree_.seen_.put(tree_.all_.back())) warn_of_double(*hidden, tree_.all_.back());
  }
  [[noreturn]] void too_many() const {
    throw over_limit(ErrorKind::limit,
                     fmt::format("with layer {} the image has more than the limit of {} entries of {} bytes, "
                                 "each of which takes memory",
                                 layer_ + 1, tree_.most_entries_, text_per_entry),
                     &Limits::layer_entries);
  }

  void warn_of_double(const MergedEntry& old, const MergedEntry& entry) {
    if (old.layer() != layer_ || entry.is_directory()) return;
    warn(fmt::format("layer {} has {} twice, as entries {} and {}; the later counts", layer_,
                     shown(entry.path()), old.number(), entry.number()));
  }
  void warn(std::string text) {
    if (tree_.warnings_.size() < warnings_limit) tree_.warnings_.push_back(std::move(text));
  }

  void remove_lower(std::string_view path) {
    const auto* found = tree_.seen_.find(path);
    if (found != nullptr && found->layer() < layer_) hide(tree_.seen_.lower_bound(path));
  }
  void remove_below(std::string_view folder) {
    hide_below(folder, [this](const MergedEntry& entry) { return entry.layer() < layer_; });
  }
  template <typename Which>
  void hide_below(std::string_view folder, const Which& which) {
    const std::string prefix = folder.empty() ? std::string() : fmt::format("{}/", folder);
    auto at = tree_.seen_.lower_bound(prefix);
    while (at != tree_.seen_.end() && at->path().starts_with(prefix)) {
      const bool is_root = at->path().empty();
      at = !is_root && which(*at) ? hide(at) : std::next(at);
    }
  }
  PathIndex::Iterator hide(const PathIndex::Iterator& at) {
    tree_.folder_.is_known = false;
    return tree_.seen_.erase(at);
  }

  MergedTree& tree_;
  std::size_t layer_;
};

void MergedTree::apply(std::size_t layer, TarReader& tar, const OnFile& on_file) {
  Application application(*this, layer);
  const auto content = [&](const TarEntry& entry) { return on_file ? on_file(entry, tar) : std::nullopt; };
  while (const auto entry = tar.next()) application.take(*entry, content);
}

void MergedTree::add(std::size_t layer, const TarEntry& entry, const std::optional<Digest>& content) {
  Application(*this, layer).take(entry, [&](const TarEntry&) { return content; });
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
    const auto* found = seen_.find(next);
    if (found == nullptr || !found->is_symbolic_link()) {
      at = std::move(next);
      continue;
    }
    if (++links > links_limit) return std::nullopt;
    if (found->target().starts_with('/')) at.clear();
    push(found->target());
  }
  return at;
}

const MergedEntry* MergedTree::resolve(std::string_view path) const {
  const auto end = end_of_links(path);
  return end ? seen_.find(*end) : nullptr;
}

const Digest* MergedTree::content(const MergedEntry& entry) const {
  const auto found = entry.is_file() ? contents_.find(entry.origin()) : contents_.end();
  return found == contents_.end() ? nullptr : &found->second;
}

}  // namespace whittle::layers
