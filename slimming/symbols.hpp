// Which programs and libraries of an image lose their symbol table and debug information, and which keep
// them, why.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "binaries/elf_stripping.hpp"
#include "layers/merged_tree.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"

namespace whittle::slimming {

struct Symbols {
  std::map<layers::MergedEntry::Origin, binaries::StrippedElf> stripped = {};
  // Files that have some and stay as they are, by path, with the reason; for people, escaped.
  std::map<std::string, std::string, std::less<>> refused = {};
};

// Looks at each file that is kept once. Left alone is what `strip_elf` leaves alone, and a file whose bytes
// something else vouches for: a signature in its attributes, or one, or a digest, in a file beside it.
Symbols find_symbols(const SourceImage& image, const Selection& selection, const std::stop_token& stop);

}  // namespace whittle::slimming
