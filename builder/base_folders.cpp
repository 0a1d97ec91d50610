#include "builder/base_folders.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/image_path.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::builder {
namespace {

using layers::FileEntry;
using Entries = layers::FileTree::Map;

constexpr std::string_view folders_key_version = "base folders 1";
constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";

void erase_below(Entries& entries, std::string_view folder) {
  const std::string start = folder.empty() ? std::string() : fmt::format("{}/", folder);
  auto at = entries.lower_bound(start);
  while (at != entries.end() && at->first.starts_with(start)) at = entries.erase(at);
}

// One layer, laid over those below it (image-spec, layer.md, "Applying Changesets").
class LayerOver {
 public:
  LayerOver(Entries& below, std::uint64_t most_entries) : below_(below), most_entries_(most_entries) {}

  void add(const layers::TarEntry& entry) {
    const auto folder = layers::folder_of(entry.path);
    const auto name = std::string_view(entry.path).substr(folder.empty() ? 0 : folder.size() + 1);
    if (name == opaque) {
      emptied_.emplace_back(folder);
    } else if (name.starts_with(whiteout)) {
      const auto gone = name.substr(whiteout.size());
      removed_.push_back(folder.empty() ? std::string(gone) : fmt::format("{}/{}", folder, gone));
    } else if (!entry.path.empty()) {
      for (auto parent = folder; !parent.empty(); parent = layers::folder_of(parent))
        if (!parents_.emplace(parent, FileEntry{FileEntry::Type::directory, 0755}).second) break;
      put(entry);
    }
    if (entries_.size() + parents_.size() > most_entries_)
      throw over_limit(ErrorKind::limit,
                       fmt::format("a layer has more than the limit of {} folders", most_entries_),
                       &Limits::base_folders);
  }

  // Whiteouts are of what lies below, wherever in the layer they stand.
  void finish() {
    for (const auto& path : removed_) {
      below_.erase(path);
      erase_below(below_, path);
    }
    for (const auto& folder : emptied_) erase_below(below_, folder);
    for (const auto& path : replaced_) {
      below_.erase(path);
      erase_below(below_, path);
    }
    for (auto& [path, entry] : entries_) {
      if (entry.type == FileEntry::Type::symlink) erase_below(below_, path);
      below_.insert_or_assign(path, std::move(entry));
    }
    below_.merge(parents_);
  }

 private:
  void put(const layers::TarEntry& entry) {
    FileEntry kept;
    kept.mode = entry.mode;
    kept.uid = entry.uid;
    kept.gid = entry.gid;
    if (entry.type == '5') {
      kept.type = FileEntry::Type::directory;
    } else if (entry.type == '2') {
      kept.type = FileEntry::Type::symlink;
      kept.link_target = entry.target.substr(0, entry.target.find('\0'));
    } else {
      entries_.erase(entry.path);
      if (below_.contains(entry.path)) replaced_.push_back(entry.path);
      return;
    }
    entries_.insert_or_assign(entry.path, std::move(kept));
  }

  Entries& below_;
  std::uint64_t most_entries_;
  Entries entries_;
  Entries parents_;  // of entries; as engines make them where nothing names them
  std::vector<std::string> removed_;
  std::vector<std::string> emptied_;
  std::vector<std::string> replaced_;  // by files
};

Entries read_base(const BaseImage& base, const Limits& limits, Reporter& reporter,
                  const std::stop_token& stop) {
  Entries entries;
  for (const auto& layer : base.manifest.layers) {
    const auto what = fmt::format("layer {}", layer.digest.text());
    const auto bytes = layers::decompress(base.source->open_blob(layer), what, limits);
    layers::TarReader tar(*bytes, what, {}, limits);
    LayerOver over(entries, limits.base_folders);
    while (const auto entry = tar.next()) {
      throw_if_stopped(stop);
      over.add(*entry);
    }
    over.finish();
    if (const auto why = layers::mislabelled(layer.media_type, bytes->format()))
      reporter.warn(fmt::format("{} of the base {} {}", what, base.name, *why));
    if (entries.size() > limits.base_folders)
      throw over_limit(ErrorKind::limit,
                       fmt::format("it has more than the limit of {} folders", limits.base_folders),
                       &Limits::base_folders);
  }
  return entries;
}

std::vector<std::string> directories_of(const layers::FileTree& tree) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : tree.entries())
    if (entry.type == FileEntry::Type::directory) paths.push_back(path);
  return paths;
}

// A line for each: d or l, mode, UID, GID, path, target. Parts end in a zero byte, which no path has.
std::string text_of(const Entries& entries) {
  std::string text;
  const auto add = [&](std::string_view part) { text.append(part) += '\0'; };
  for (const auto& [path, entry] : entries) {
    add(entry.type == FileEntry::Type::directory ? "d" : "l");
    for (const auto number : {entry.mode, entry.uid, entry.gid}) add(std::to_string(number));
    add(path);
    add(entry.link_target);
  }
  return text;
}

// Nothing when it is not all there.
std::optional<Entries> entries_in(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (parts.size() % 6 != 0) return std::nullopt;
  Entries entries;
  for (std::size_t i = 0; i < parts.size(); i += 6) {
    FileEntry entry;
    entry.type = parts[i] == "d" ? FileEntry::Type::directory : FileEntry::Type::symlink;
    std::uint32_t* const numbers[] = {&entry.mode, &entry.uid, &entry.gid};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto number = parts[i + 1 + k];
      if (std::from_chars(number.data(), number.data() + number.size(), *numbers[k]).ec != std::errc())
        return std::nullopt;
    }
    entry.link_target = parts[i + 5];
    entries.emplace(parts[i + 4], std::move(entry));
  }
  return entries;
}

}  // namespace

const BaseFolders::Entries& BaseFolders::entries_of(const BaseImage& base) {
  const std::lock_guard lock(mutex_);  // held while reading: whoever waits wants the same base
  const auto& digest = base.manifest_descriptor.digest;
  const auto found = read_.find(digest);
  if (found != read_.end()) return found->second;
  auto task = reporter_.start(fmt::format("folders of the base {}", base.name), 0);
  auto entries = in_context([&] { return fmt::format("reading the base image {}", base.name); },
                            [&] { return read_base(base, limits_, reporter_, stop_); });
  task->done(fmt::format("{} folders", entries.size()));
  return read_.emplace(digest, std::move(entries)).first->second;
}

void BaseFolders::keep(const BaseImage& base, layers::FileTree& tree) {
  const auto paths = directories_of(tree);
  if (paths.empty()) return;
  KeyHasher hasher;
  hasher.add(folders_key_version).add(base.manifest_descriptor.digest.text());
  for (const auto& path : paths) hasher.add(path);
  const Digest key = hasher.finish();
  std::optional<Entries> known;
  auto value = cache_.get("folders", key);
  if (value) known = entries_in(*value);
  if (!known) {
    const auto& all = entries_of(base);
    known.emplace();
    for (const auto& path : paths)
      if (const auto found = all.find(path); found != all.end()) known->insert(*found);
    value = text_of(*known);
    cache_.put("folders", key, *value);
  }
  {
    const std::lock_guard lock(mutex_);
    asked_[base.manifest_descriptor.digest].insert_or_assign(key, std::move(*value));
  }
  tree.keep_directories(*known, "the base");
}

std::map<Digest, std::string> BaseFolders::asked_of(const BaseImage& base) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(base.manifest_descriptor.digest);
  return found == asked_.end() ? std::map<Digest, std::string>() : found->second;
}

}  // namespace whittle::builder
