// The tree of an image for people: the largest files, what programs consist of, what is wasted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "attribution/waste.hpp"

namespace whittle::attribution {

struct TextStyle {
  // What a Go program is shown by.
  enum class By : std::uint8_t { layer, section, module, package };  // layer: not at all
  By by = By::module;
  std::size_t top = 10;  // rows of each list
  bool color = false;
  bool unicode = false;  // bars of eighths of a character
};

// `tree` as in optimizer::InspectedPlatform. Percentages are of the compressed bytes of all layers. Names are
// escaped.
std::string text_of(const std::vector<Node>& tree, const std::optional<Waste>& waste, const TextStyle& style);

}  // namespace whittle::attribution
