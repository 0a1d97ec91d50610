// /etc/passwd and /etc/group.
#pragma once

#include <cstdint>

#include "layers/file_tree.hpp"

namespace whittle::packages {

inline constexpr std::uint32_t nobody_id = 65534;
inline constexpr std::uint32_t nonroot_id = 65532;  // whom programs run as

// Adds both: what base-passwd has, when that is among the packages, otherwise root and nobody; and nonroot,
// with its folder /home/nonroot. Nobody has a password or a shell.
void add_accounts(layers::FileTree& tree);

}  // namespace whittle::packages
