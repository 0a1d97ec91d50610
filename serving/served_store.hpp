// An image layout as a registry sees it: repositories with tags, documents and blobs. Nothing but what the
// layout has as blobs is ever read, and nothing is given away that contradicts its digest.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/file.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"
#include "registry/layout.hpp"
#include "registry/layout_image.hpp"

namespace whittle::serving {

// Whether it is the name of a repository (distribution-spec, "Pulling manifests").
bool is_repository(std::string_view name);
// A name made of any text: "My Images" is "my-images"; "images" when nothing is left.
std::string repository_named(std::string_view text);

// What index.json said at some time. Immutable.
struct Listing {
  using Tags = std::map<std::string, layers::Descriptor>;
  std::map<std::string, Tags> repositories;
  std::map<Digest, std::string> types;  // of listed documents
  std::shared_ptr<registry::LayoutSource> source;
};

// Thread-safe. Others may write to the layout meanwhile: index.json is read again when it was replaced.
class ServedStore {
 public:
  // A name in index.json that is a tag alone is one of `own_repository`; "shop/api:1.4" is a tag of shop/api,
  // and "host.example/shop/api:1.4" as well.
  ServedStore(registry::Layout layout, std::string own_repository);

  std::shared_ptr<const Listing> listing();
  // A manifest or index; nothing when there is none of that digest. Error(integrity) when it is damaged.
  std::optional<layers::Document> document(const Digest& digest);
  // Any blob, verified once for as long as its file stays the same. Error(integrity) when it is damaged.
  struct Blob {
    Fd file;
    std::uint64_t size = 0;
  };
  std::optional<Blob> blob(const Digest& digest);
  std::vector<layers::Descriptor> referrers(const Digest& subject);

 private:
  // What changes when a file does.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified = 0;  // nanoseconds
    std::int64_t changed = 0;
    bool operator==(const Identity&) const = default;
  };
  static Identity identity_of(const struct stat& status);
  std::shared_ptr<const Listing> read_listing() const;
  void add(Listing& listing, const layers::Descriptor& entry) const;

  registry::Layout layout_;
  std::string own_repository_;
  std::mutex mutex_;
  Identity listed_;
  std::shared_ptr<const Listing> listing_;
  std::map<Digest, Identity> verified_;
};

}  // namespace whittle::serving
