// The shell of debug images.
#pragma once

#include "layers/file_tree.hpp"

namespace whittle::packages {

inline constexpr std::size_t busybox_limit = 16U << 20U;  // bytes of the program

// Adds /busybox/NAME, a link to busybox, for each applet of the tree's usr/bin/busybox, where users of
// distroless look for them: `sh` is /busybox/sh. The names are read from the program, which is not run.
// Error(not_found) without a busybox, Error(unsupported) for one that does not tell its names.
void add_busybox_links(layers::FileTree& tree);

}  // namespace whittle::packages
