// The bytes of a pinned package.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "packages/package_context.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::packages {

inline constexpr std::uint64_t package_size_limit = 4ULL << 30U;  // bytes of a .deb

// Where the package lies in the cache, if it does and its bytes are the pinned ones; a file whose bytes are
// others is removed. Asks nobody.
std::optional<std::filesystem::path> find_package(const PinnedPackage& package,
                                                  const PackageContext& context);

// Puts the bytes of a source into the cache, verified. Returns where they are.
std::filesystem::path keep_package(const PinnedPackage& package, std::unique_ptr<ByteSource> source,
                                   const PackageContext& context);

// The same as find_package(), fetched when it is not there: `roots` are asked in turn, each for ROOT/PATH of
// the package. What a mirror has under that name but with other bytes is not used. Error(not_found) when none
// has it, else the last mirror's error.
std::filesystem::path fetch_package(const PinnedPackage& package, const std::vector<std::string>& roots,
                                    const PackageContext& context);

}  // namespace whittle::packages
