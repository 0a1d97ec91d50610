// Remembers where in the store's layers each compressed member lies, so that a build compresses only what no
// layer has yet (layers/member_memory.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "common/digest.hpp"
#include "layers/member_memory.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {

// The index of one way of compressing. Thread-safe; no lock is held while files are read or digests computed.
class MemberIndex final : public layers::MemberMemory {
 public:
  // What the file holds at most, the newest of all: about 1 GiB of input at 128 KiB each, in 1.8 MB.
  static constexpr std::size_t most_entries = 8192;

  // `file` keeps the index between runs; one that is absent, broken or of another version is an empty one. It
  // is read when a member is first asked for. `blobs` is the folder in which layers lie under the hex of
  // their digest.
  MemberIndex(std::filesystem::path file, std::filesystem::path blobs);
  ~MemberIndex() override;

  // Reads the member from its layer and checks its digest; whatever is odd (the layer gone, shorter, with
  // other bytes) is a member that is not known.
  std::optional<Recalled> recall(const Digest& input, MutableBytes out) override;
  // Adds the members of a layer that is complete in `blobs`.
  void learn(const Digest& blob, const std::vector<layers::Member>& members);
  // Writes what was learned, before what the file has by then. Of two writers at once the last wins. Silently
  // does nothing when the disk refuses.
  void save();

 private:
  struct Place;
  struct Entry;
  struct Data;
  class Blobs;
  static std::vector<Entry> entries_of(const std::filesystem::path& file);
  std::optional<Place> find(const Digest& input);
  std::filesystem::path file_;
  std::unique_ptr<Data> data_;
  std::unique_ptr<Blobs> blobs_;
};

// The indexes of a build, one for each Compression::identity(). Thread-safe. Borrows nothing.
class MemberIndexes {
 public:
  // `store` is where the layers are written to.
  MemberIndexes(const Cache& cache, const registry::Layout& store);

  // Valid as long as this object.
  MemberIndex& of(const std::string& compression);
  void save();

 private:
  std::filesystem::path folder_;
  std::filesystem::path blobs_;
  std::mutex mutex_;
  std::map<std::string, MemberIndex> indexes_;
};

}  // namespace whittle::builder
