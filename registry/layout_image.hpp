// Image layouts as places: `oci:DIR[:TAG]`, and whittle's own store, whose names are `NAME:TAG` in one
// layout. What refers to an image by its subject is an unnamed entry of index.json, as oras reads and writes
// it; read is also what a layout lists under the tag for referrers.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry/blob_presence.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"

namespace whittle::registry {

class LayoutSource final : public ImageSource, public BlobPresence {
 public:
  struct Wanted {
    std::optional<std::string> name;  // nothing: the only image there is
    std::optional<Digest> digest;     // decides when given
    std::string prefix = {};          // before the names of the other tags
  };
  // `place` is how the user wrote it.
  LayoutSource(Layout layout, Wanted wanted, std::string place)
      : layout_(std::move(layout)), wanted_(std::move(wanted)), place_(std::move(place)) {}

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  bool has_blob(const layers::Descriptor& descriptor) override {
    return layout_.has_blob(descriptor.digest, descriptor.size);
  }
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::vector<layers::Descriptor> referrers(const Digest& subject) override;
  std::optional<layers::Document> tagged(const std::string& tag) override;
  std::string describe() const override { return place_; }

 private:
  using ReferrersOf = std::map<Digest, std::vector<layers::Descriptor>>;
  ReferrersOf read_referrers() const;
  layers::Document read_document(const Digest& digest, const std::string& media_type) const;
  Layout layout_;
  Wanted wanted_;
  std::string place_;
  std::once_flag once_;
  ReferrersOf referrers_;  // of all subjects, read when the first is asked for
};

class LayoutDestination final : public ImageDestination {
 public:
  // The layout in `folder` is made when the first thing is written: a copy that fails before leaves nothing.
  // Error(usage) when none can be made there. A tag T becomes the name `prefix` + T. With a digest, no other
  // document is given a name.
  LayoutDestination(std::filesystem::path folder, AtomicFile::Durability durability, std::string prefix,
                    std::optional<Digest> only, std::string place);

  // What the tag names, if everything beneath it is there: a layout may have lost blobs that its index names.
  std::optional<Digest> current(const std::string& tag) override;
  bool has_blob(const layers::Descriptor& descriptor) override;
  bool has_manifest(const layers::Descriptor& descriptor) override;
  bool mount_blob(const layers::Descriptor&, const std::vector<std::string>&) override { return false; }
  void put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) override;
  void put_manifest(const layers::Document& document, const std::string& tag) override;
  std::set<Digest> listed(const std::vector<layers::Document>& referrers) override;
  void put_root(const layers::Document& root, const std::vector<std::string>& tags) override;
  std::string host() const override { return {}; }
  std::string describe() const override { return place_; }

 private:
  void name(const layers::Document& document, const std::string& name);
  bool is_complete(const Layout& layout, const layers::Descriptor& descriptor, unsigned depth) const;
  const Layout* present();
  Layout& made();
  std::filesystem::path folder_;
  AtomicFile::Durability durability_;
  std::mutex mutex_;
  std::optional<Layout> layout_;  // never moved or dropped again
  std::string prefix_;
  std::optional<Digest> only_;
  std::string place_;
};

}  // namespace whittle::registry
