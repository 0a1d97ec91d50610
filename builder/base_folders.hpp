// The folders of a base that an image's own files lie in.
//
// A layer has to name the parents of its files: an engine that unpacks each layer by itself (overlay2 of
// Docker and Podman) would make up those that are missing, and hide the base's (image-spec, issues 737 and
// 1221). But named with any other mode or owner, they hide the base's as well: /tmp of 1777 would become
// 0755. So they are named as the base has them, which is what a Dockerfile's COPY comes to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "builder/base_image.hpp"
#include "builder/cache.hpp"
#include "common/digest.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "layers/file_tree.hpp"

namespace whittle::builder {

// Thread-safe. What was asked of a base is kept in the cache; the base's layers are read, once in a build and
// not unpacked, when something else is asked of it.
class BaseFolders {
 public:
  // Borrows everything.
  BaseFolders(Cache& cache, const Limits& limits, Reporter& reporter, std::stop_token stop)
      : cache_(cache), limits_(limits), reporter_(reporter), stop_(std::move(stop)) {}

  // Gives the directories of `tree` that the base has as well the mode and owner they have there. Error(spec)
  // where the base has a symbolic link: the directory would hide what the link leads to.
  void keep(const BaseImage& base, layers::FileTree& tree);
  // What keep() has found of that base, as values of the cache's kind "folders".
  std::map<Digest, std::string> asked_of(const BaseImage& base) const;

 private:
  using Entries = layers::FileTree::Map;  // directories and symbolic links
  const Entries& entries_of(const BaseImage& base);

  Cache& cache_;
  Limits limits_;
  Reporter& reporter_;
  std::stop_token stop_;
  mutable std::mutex mutex_;
  std::map<Digest, Entries> read_;                         // guarded by mutex_; by the manifest's digest
  std::map<Digest, std::map<Digest, std::string>> asked_;  // guarded by mutex_; the same
};

}  // namespace whittle::builder
