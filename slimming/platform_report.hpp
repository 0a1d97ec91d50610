// What became of one platform of an image: sizes, layers, and each file with the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "layers/descriptor.hpp"
#include "layers/platform.hpp"

namespace whittle::slimming {

struct FileReport {
  enum class Action : std::uint8_t { keep, drop, link, strip };
  std::string path = {};  // without a leading slash
  std::size_t layer = 0;  // of the old image that had it, the lowest is 0
  Action action = Action::keep;
  std::string rule =
      {};  // a name of rules.hpp; "hidden", "keep", "estargz", "closure"; "" where none has a say
  std::string reason = {};       // for people, escaped
  std::uint64_t size = 0;        // bytes of its content; of a second name of a file, none
  std::uint64_t saved = 0;       // of these
  std::uint64_t compressed = 0;  // bytes that it took of its layer's blob, where it goes as a whole
};
std::string_view name_of(FileReport::Action action);

// Told of each file of a platform, by path, then layer. Folders are among them only when they go.
using OnFile = std::function<void(const FileReport&)>;

struct LayerReport {
  layers::Descriptor descriptor;
  std::size_t first = 0;  // of the old layers that it takes the place of
  std::size_t last = 0;
  bool stays = false;  // the same blob
};

struct Sizes {
  std::uint64_t compressed = 0;    // bytes of all layers
  std::uint64_t uncompressed = 0;  // bytes of their tars
  std::size_t layers = 0;
};

// What went by one rule.
struct RuleReport {
  std::uint64_t files = 0;
  std::uint64_t saved = 0;       // bytes of contents
  std::uint64_t compressed = 0;  // as of its files
};

struct PlatformReport {
  layers::Platform platform = {};
  layers::Descriptor before;  // the manifest
  layers::Descriptor after;   // equal to it when nothing changed
  Sizes size_before = {};
  Sizes size_after = {};
  std::vector<LayerReport> layers = {};
  std::map<std::string, RuleReport> rules = {};  // of files that are not kept
  std::vector<std::string> warnings = {};
};

}  // namespace whittle::slimming
