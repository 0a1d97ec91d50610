// The files of an image as a container sees them: layers applied from the bottom up (image-spec, layer.md,
// "Applying Changesets"). A tree of headers in memory; nothing is created on the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/limits.hpp"
#include "layers/merged_entry.hpp"
#include "layers/path_index.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::layers {

// One thread while it grows. Memory: some 85 bytes and the path for each entry of all layers, hidden ones
// too, at most `most_entries` of them and 256 times as many bytes of names, attributes and records. Entries
// stay where they are, also when the tree is moved.
class MergedTree {
 public:
  static constexpr unsigned links_limit = 40;  // symbolic links on the way to a file
  MergedTree() : MergedTree(Limits().layer_entries) {}
  explicit MergedTree(std::uint64_t most_entries) : most_entries_(most_entries) {}

  // Called for each file of a layer when it is met, while its content can be read; it may be hidden by a
  // later one. Returns the digest of what was read, if wanted in the tree.
  using OnFile = std::function<std::optional<Digest>(const TarEntry& entry, TarReader& tar)>;

  // Reads `tar` to its end and lays it over what is there: whiteouts and opaque directories act on the layers
  // below alone, whatever their place in the archive. Error(integrity) for hostile cases 59, 60, 62 and 66,
  // Error(limit) beyond most_entries. What is odd but harms nobody is in warnings().
  void apply(std::size_t layer, TarReader& tar, const OnFile& on_file = {});
  // One entry of a layer, for who reads the archive himself; `content` is the digest of a file's bytes, if
  // known.
  void add(std::size_t layer, const TarEntry& entry, const std::optional<Digest>& content);

  // What containers see.
  const PathIndex& entries() const { return seen_; }
  // All but whiteouts, in the order they came in.
  const std::deque<MergedEntry>& all() const { return all_; }
  // The entry at the end of all symbolic links, none of which leads out of the root; nullptr when there is
  // none or links run in a circle.
  const MergedEntry* resolve(std::string_view path) const;
  // Of a file's bytes, under any of its names, if whoever read them told.
  const Digest* content(const MergedEntry& entry) const;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  class Application;
  // Where the entries of a folder go: those of an archive mostly share it with the last.
  struct LastFolder {
    std::string written = {};
    std::string path = {};
    bool is_known = false;
  };
  std::optional<std::string> end_of_links(std::string_view path) const;

  std::uint64_t most_entries_;
  std::deque<MergedEntry> all_ = {};
  PathIndex seen_ = {};
  TextStore texts_ = {};
  std::set<CommonFields> common_ = {};
  const CommonFields* last_common_ = nullptr;
  std::uint64_t common_bytes_ = 0;
  std::map<MergedEntry::Origin, Digest> contents_ = {};
  LastFolder folder_ = {};
  std::vector<std::string> warnings_ = {};
};

}  // namespace whittle::layers
