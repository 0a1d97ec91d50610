// The file of all certificates of authorities, as update-ca-certificates(8) makes it of the package
// ca-certificates.
#pragma once

#include <string>
#include <vector>

#include "packages/deb_file.hpp"

namespace whittle::packages {

inline constexpr std::size_t certificate_limit = 1U << 20U;  // bytes of one
inline constexpr std::size_t bundle_limit = 16U << 20U;      // bytes of all

// The certificates below usr/share/ca-certificates in the byte order of their paths, each with a line end
// behind it; "" when there are none. Error(integrity) for one that is no PEM, Error(limit). There are no
// links named by hashes: Go reads the bundle alone.
std::string ca_bundle(const std::vector<const DebFile*>& packages);

}  // namespace whittle::packages
