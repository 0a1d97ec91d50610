// Reads an image from an OCI image layout in a tar: `oci-archive:FILE[:TAG]`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "registry/archive.hpp"
#include "registry/image_io.hpp"
#include "registry/layout_index.hpp"

namespace whittle::registry {

// A document of the layout in an archive; nothing when it is not there. Verified, whatever its type.
std::optional<layers::Document> read_layout_document(const Archive& archive, const Digest& digest,
                                                     const std::string& media_type);
// A blob of the layout; Error(not_found) when it is not there. The source verifies digest and size.
std::unique_ptr<ByteSource> open_layout_blob(const Archive& archive, const layers::Descriptor& descriptor);
// The index of the layout; nothing when the archive has none. Error(integrity) when the layout is broken.
std::optional<LayoutIndex> read_layout_index(const Archive& archive);

class OciArchiveSource final : public ImageSource {
 public:
  struct Wanted {
    std::optional<std::string> name;  // nothing: the only image there is
    std::optional<Digest> digest;     // decides when given
  };
  // `place` is how the user wrote it. Error(integrity) when the archive holds no layout.
  OciArchiveSource(std::shared_ptr<const Archive> archive, Wanted wanted, std::string place);

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::string describe() const override { return place_; }

 private:
  layers::Document document(const Digest& digest, const std::string& media_type) const;
  std::shared_ptr<const Archive> archive_;
  LayoutIndex index_;
  Wanted wanted_;
  std::string place_;
};

}  // namespace whittle::registry
