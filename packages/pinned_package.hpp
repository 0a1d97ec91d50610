// A Debian package named by its bytes: what the solver chooses, the lock keeps and the unpacker takes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "common/digest.hpp"

namespace whittle::packages {

// A value. Ordered by name, version, architecture.
struct PinnedPackage {
  std::string name;
  std::string version;       // with epoch and revision, as the index has it
  std::string architecture;  // Debian's word: "amd64", "arm64", "all"
  std::string path;          // below the archive's root: "pool/main/t/tzdata/tzdata_2024a-0+deb12u1_all.deb"
  std::uint64_t size;        // of the .deb, in bytes
  Digest digest;             // of the .deb, SHA-256
};

}  // namespace whittle::packages
