// An OCI image layout on disk (image-spec, image-layout.md). Several processes may use one at once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/file.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::registry {

// Borrows nothing. Thread-safe. Blobs are immutable; index.json is only replaced under a lock, by rename, and
// what other tools wrote into it stays as it is.
class Layout {
 public:
  // Opens an existing layout: Error(not_found) when there is none, Error(integrity) when it is broken.
  static Layout open(std::filesystem::path folder);
  // Error(usage) when the folder holds something else than a layout, so that none can be made there.
  static void check_may_be_made(const std::filesystem::path& folder);
  // Opens one or makes one in an absent or empty folder; Error(usage) when the folder holds something else.
  static Layout open_or_create(std::filesystem::path folder, AtomicFile::Durability durability);

  // Whether a blob of that digest and size is there (its bytes are not read).
  bool has_blob(const Digest& digest, std::uint64_t size) const;
  // Error(not_found) when absent. The source verifies digest and size as it is read.
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) const;
  // A small blob, verified; nothing when it is not there.
  std::optional<std::string> read_blob(const Digest& digest, std::size_t limit) const;

  // The file of a blob as it lies there, a regular one, reached through no link; nothing when there is none.
  // Its bytes are not verified.
  std::optional<Fd> open_blob_file(const Digest& digest) const;

  // Stores what `write` writes under the digest it turns out to have, which is returned with the size.
  struct Stored {
    Digest digest;
    std::uint64_t size;
  };
  Stored put_blob(const std::function<void(ByteSink&)>& write);
  void put_blob(std::string_view bytes, const Digest& digest);
  // Stores what `source` gives, which must verify itself against `digest`.
  void put_blob(ByteSource& source, const Digest& digest);

  // The descriptor that index.json has for `name` (org.opencontainers.image.ref.name). Without a name: the
  // only one there is, those left out that only belong to another: unnamed ones with a subject, and those
  // under a tag made of a digest. Error(usage) listing the candidates when it is ambiguous.
  std::optional<layers::Descriptor> find(const std::optional<std::string>& name) const;
  // The descriptor that index.json has for a digest, whatever its name.
  std::optional<layers::Descriptor> find(const Digest& digest) const;
  // Points `name` at a manifest or index, replacing what it pointed at. An empty name lists it unnamed unless
  // it is listed already.
  void set(const std::string& name, const layers::Descriptor& descriptor);
  std::vector<std::string> names() const;
  // The descriptors of index.json, in its order; what is no descriptor is left out.
  std::vector<layers::Descriptor> entries() const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  Layout(std::filesystem::path folder, AtomicFile::Durability durability)
      : folder_(std::move(folder)), durability_(durability) {}
  std::filesystem::path blob_path(const Digest& digest) const;
  void store(const Digest& digest, AtomicFile& file) const;
  bool belongs_to_another(const layers::Descriptor& entry) const;
  std::filesystem::path folder_;
  AtomicFile::Durability durability_;
};

}  // namespace whittle::registry
