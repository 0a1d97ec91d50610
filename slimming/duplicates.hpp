// Files of equal bytes, of which all but one can be hard links.
#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"

namespace whittle::slimming {

// A file may be linked to another one of the same bytes, mode, owner and extended attributes. Not where
// somebody may write to one of them and expect the other to stay (below etc, var, home, root, srv, run, tmp
// and volumes); nor pinned ones; nor sources of Python whose times differ, by which compiled ones are
// believed. Borrows what it is made of.
class Duplicates {
 public:
  // Reads and hashes the contents whose size several files share.
  Duplicates(const SourceImage& image, const Selection& selection, const std::stop_token& stop);

  using Entry = layers::MergedEntry;
  // Sets of at least two different files that can be one, in the order of their first path, each in the order
  // of paths.
  const std::vector<std::vector<const Entry*>>& sets() const { return sets_; }

 private:
  std::vector<std::vector<const Entry*>> sets_ = {};
};

}  // namespace whittle::slimming
