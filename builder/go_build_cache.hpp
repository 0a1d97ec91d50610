// Go's build cache (GOCACHE): what compiling a package gives, found by what goes into it.
//
// An entry, `ab/ab…-a`, leads from an action, the hash over all that decides a package's bytes, to an object,
// `cd/cd…-d`, which is named by the hash of its content (cmd/go/internal/cache, "FORMAT"). With -trimpath no
// path of a machine is part of either, so that they mean the same on all.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.hpp"
#include "common/sha256.hpp"

namespace whittle::builder {

struct GoCacheEntry {
  Sha256 action = {};
  Sha256 object = {};
  std::uint64_t size = 0;  // bytes of the object, never 0
  auto operator<=>(const GoCacheEntry&) const = default;
};

// Any number of processes, go's among them, may use the folder meanwhile. Any thread.
class GoBuildCache {
 public:
  // It need not be there.
  explicit GoBuildCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Those that lead to one of these objects which is there, ordered by action. Reads all entries of the
  // cache.
  std::vector<GoCacheEntry> entries_of(const std::set<Sha256>& objects) const;
  // Whether go would find the object by it; contents are not read.
  bool has(const GoCacheEntry& entry) const;
  bool has_object(const GoCacheEntry& entry) const;
  std::filesystem::path object_file(const Sha256& object) const;
  // The other way round: the object whose file that is; nothing for any other file.
  static std::optional<Sha256> object_in(std::string_view file);

  // Keeps the object, all of `content`. It has its full size only once its hash was checked, and go takes
  // none that is shorter: so nothing has to be removed when the process is killed. Error(integrity) when
  // content or size differ, Error(io).
  void put_object(const GoCacheEntry& entry, std::unique_ptr<ByteSource> content);
  // Keeps the entry, whose object is there.
  void put(const GoCacheEntry& entry);

 private:
  std::filesystem::path file(const Sha256& id, char kind) const;

  std::filesystem::path folder_;
};

}  // namespace whittle::builder
