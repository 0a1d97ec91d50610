// Names that are one where neither case nor the form of an accent counts, as on the file systems of macOS and
// Windows: an image keeps both, and one of them is lost where it is unpacked there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::layers {

struct TwinNames {
  std::string_view first = {};
  std::string_view second = {};  // of the pair whose second comes first in the list
  std::size_t others = 0;        // names that have a twin before them as well

  std::string text() const;  // for people, escaped
};

// Compares the last component of paths in one folder, so that twins of folders are named once. By Unicode's
// full case folding and canonical composition (Unicode Standard 3.13, UAX #15); a name that is not UTF-8 by
// its ASCII letters. One path that is there several times is no twin. Memory: 16 bytes per path. The views
// stay the caller's.
std::optional<TwinNames> find_twins(const std::vector<std::string_view>& paths);

}  // namespace whittle::layers
