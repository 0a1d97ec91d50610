// The files of an image as a container sees them: layers applied from the bottom up (image-spec, layer.md,
// "Applying Changesets"). A tree of headers in memory; nothing is created on the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::layers {

struct MergedEntry {
  // The entry that brought a content into the image: equal for a file and all hard links to it, whatever
  // became of the name it came by.
  struct Origin {
    std::size_t layer = 0;
    std::uint64_t number = 0;  // TarEntry::number
    auto operator<=>(const Origin&) const = default;
  };
  TarEntry entry;                      // a hard link has the fields and the content of its file, and type '1'
  std::size_t layer = 0;               // that it came from, the lowest is 0
  std::optional<Digest> content = {};  // of a file's bytes, if whoever read them told
  Origin origin = {};
};

// One thread. Memory grows with the number of entries, at most `entries_limit` of them.
class MergedTree {
 public:
  static constexpr std::uint64_t entries_limit = 5'000'000;
  static constexpr unsigned links_limit = 40;  // symbolic links on the way to a file

  // Called for each file of a layer when it is met, while its content can be read; it may be hidden by a
  // later one. Returns the digest of what was read, if wanted in the tree.
  using OnFile = std::function<std::optional<Digest>(const TarEntry& entry, TarReader& tar)>;

  // Reads `tar` to its end and lays it over what is there: whiteouts and opaque directories act on the layers
  // below alone, whatever their place in the archive. Error(integrity) for hostile cases 59, 60, 62 and 66,
  // Error(limit) beyond entries_limit. What is odd but harms nobody is in warnings().
  void apply(std::size_t layer, TarReader& tar, const OnFile& on_file = {});
  // One entry of a layer, for who reads the archive himself; `content` is the digest of a file's bytes, if
  // known.
  void add(std::size_t layer, TarEntry entry, std::optional<Digest> content);

  using Map = std::map<std::string, MergedEntry, std::less<>>;
  const Map& entries() const { return entries_; }
  // The entry at the end of all symbolic links, none of which leads out of the root; nullptr when there is
  // none or links run in a circle.
  const MergedEntry* resolve(std::string_view path) const;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  class Application;
  std::optional<std::string> end_of_links(std::string_view path) const;

  Map entries_;
  std::vector<std::string> warnings_;
};

}  // namespace whittle::layers
