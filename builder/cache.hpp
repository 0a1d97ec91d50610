// whittle's cache folder (docs/formats.md): the local store, the index from keys to results, binaries by
// digest, Go's compile cache, temporary files. Shared by any number of processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/digest.hpp"
#include "common/file.hpp"
#include "common/report.hpp"

namespace whittle::builder {

// Thread-safe. While it exists a shared lease on the folder is held, so that a collection in another process
// waits.
class Cache {
 public:
  // Creates the folder when it is not there. Error(io) when it cannot be used: not ours, a symlink to
  // elsewhere owned by another user, not writable. Temporary files whose writers died are removed.
  Cache(std::filesystem::path folder, Reporter& reporter);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path store() const { return folder_ / "store"; }        // an OCI layout: `local:`
  std::filesystem::path go_build() const { return folder_ / "go-build"; }  // GOCACHE unless one is set
  std::filesystem::path temporary() const { return folder_ / "tmp"; }
  std::filesystem::path members() const { return folder_ / "members"; }  // MemberIndexes
  std::filesystem::path states_file(const Digest& project) const;
  std::filesystem::path dependencies_file(const Digest& settings) const;

  // The value kept under a key, as it was put there; nothing when there is none, or it is unreadable or
  // damaged. `kind` separates name spaces.
  std::optional<std::string> get(std::string_view kind, const Digest& key) const;
  void put(std::string_view kind, const Digest& key, std::string_view value);

  // What another machine found, for as long as this object lives: what the folder has comes first.
  void offer(std::string_view kind, const Digest& key, std::string value);
  // Whether anything was ever compiled with it.
  bool has_dependencies() const;

  // A binary by its digest, if it is there with that size; its bytes are not read.
  std::optional<std::filesystem::path> binary(const Digest& digest, std::uint64_t size) const;
  // Moves a finished file (on the same file system) into the cache; returns where it is.
  std::filesystem::path adopt_binary(const std::filesystem::path& file, const Digest& digest);
  // Takes an entry away that turned out to be damaged.
  void discard_binary(const Digest& digest);

  struct Usage {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
  };
  // By part: "binaries", "dependencies", "go-build", "index", "members", "packages", "states",
  // "store", "sumdb", "toolchains".
  static std::map<std::string, Usage> usage(const std::filesystem::path& folder);

  struct Collected {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t kept_bytes = 0;
  };
  // Removes the least recently used entries until at most `keep` bytes remain. Images that `local:` names
  // stay. Waits until no other process uses the cache.
  static Collected collect(const std::filesystem::path& folder, std::uint64_t keep, Reporter& reporter);

 private:
  std::filesystem::path folder_;
  FileLock lease_;
  using Values = std::map<std::pair<std::string, Digest>, std::string>;
  std::optional<std::string> stored(std::string_view kind, const Digest& key) const;
  mutable std::mutex mutex_;
  Values offered_;  // guarded by mutex_
};

}  // namespace whittle::builder
