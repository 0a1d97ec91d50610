// What an image carries without using it: files that later layers hide, and files that are there twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attribution/layer_contents.hpp"
#include "attribution/node.hpp"

namespace whittle::attribution {

struct WastedFile {
  enum class Reason : std::uint8_t {
    overwritten,  // by other content of a later layer
    copied,       // a later layer has the same bytes at the same path: its mode, owner or time alone is new
    deleted,      // a later layer removes it
    duplicate,    // the same bytes are there at another path, which is no hard link
  };
  std::string path = {};
  std::size_t layer = 0;  // the lowest is 0
  Size size = {};         // of its entry
  Reason reason = Reason::overwritten;
  std::optional<std::size_t> by = {};  // the later layer, or that of the other path
  std::string other = {};              // of a duplicate: the path that is kept
};
inline constexpr std::array waste_reasons = {WastedFile::Reason::overwritten, WastedFile::Reason::copied,
                                             WastedFile::Reason::deleted, WastedFile::Reason::duplicate};
std::string_view name_of(WastedFile::Reason reason);

struct Waste {
  std::vector<WastedFile> files = {};  // the most compressed bytes first
  Size size = {};                      // of all of them: no file is counted twice
  Size of(WastedFile::Reason reason) const;
};

// Lays the layers over each other, the lowest first, by the rules of image-spec's layer.md. Of equal files
// one is no waste: the first, in the lowest layer. Neither is what each eStargz layer has for itself.
// Error(integrity) for layers that contradict each other (hostile 59, 60, 62, 66). Memory: about 700 bytes
// per entry (MergedTree).
Waste find_waste(const std::vector<const LayerContents*>& layers);

}  // namespace whittle::attribution
