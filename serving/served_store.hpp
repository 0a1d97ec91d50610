// An image layout as a registry sees it: repositories with tags, documents and blobs. Nothing but what the
// layout has as blobs is ever read, and nothing is given away that contradicts its digest.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
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
  // and "host.example/shop/api:1.4" as well. A tag that is pushed to it gets the name `own_prefix` + tag.
  ServedStore(registry::Layout layout, std::string own_repository, std::string own_prefix = {});

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

  // For those who push. A repository is there from the first blob on, while this lives.
  bool was_pushed_to(const std::string& repository);
  bool has_blob(const Digest& digest) const { return layout_.open_blob_file(digest).has_value(); }
  // Stores what `source` gives, which must verify itself against `digest`.
  void put_blob(ByteSource& source, const Digest& digest, const std::string& repository);
  // Stores a manifest or index and points the tag at it, if one is given; returns its subject.
  // Error(integrity) and Error(unsupported) for what is neither, Error(not_found) when something that it
  // names is not there.
  std::optional<Digest> put_manifest(const std::string& repository, const std::string& tag,
                                     std::string_view type, std::string bytes, const Digest& digest);

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
  void require_parts(const layers::Document& document) const;
  std::string name_of(const std::string& repository, const std::string& tag);

  registry::Layout layout_;
  std::string own_repository_;
  std::string own_prefix_;
  std::mutex mutex_;
  Identity listed_;
  std::shared_ptr<const Listing> listing_;
  std::map<Digest, Identity> verified_;
  std::set<std::string> pushed_to_;
};

}  // namespace whittle::serving
