// Brings one index of a suite into the cache, in the smallest form that the mirror has it in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "packages/package_context.hpp"
#include "packages/release_file.hpp"

namespace whittle::packages {

struct IndexDownload {
  std::string root;  // of the mirror
  std::string suite;
  std::string folder;  // below dists/SUITE: "main/binary-amd64"
  std::string what;    // for messages
};

// Where an index is kept, whatever the form it came in.
std::filesystem::path index_path(const PackageContext& context, const ReleaseEntry& plain);

// The index FOLDER/Packages that `release` names is in the cache when this returns nothing: it was there, or
// it was fetched (by its digest where the archive offers that) and is what the release says in digest and
// size, compressed and plain. Otherwise the reason why the mirror's files do not fit the release; it may have
// changed since. Error(network) and others as registry::Web; Error(limit), Error(unsupported) where the
// release does not name the plain form, Error(not_found) where it names no such index.
std::optional<std::string> fetch_index(const IndexDownload& download, const ReleaseFile& release,
                                       const PackageContext& context);

}  // namespace whittle::packages
