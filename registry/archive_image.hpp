// Writes an image as one archive, in OCI's form or Docker's: what arrives is kept until all of it is there,
// then the archive is made and delivered at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "registry/image_io.hpp"
#include "registry/reference.hpp"
#include "registry/tar_image.hpp"

namespace whittle::registry {

// What both forms share. With `only`, no other document is delivered.
class ArchiveDestination : public ImageDestination {
 public:
  using Deliver = std::function<void(const TarImage& image, const layers::Document& root)>;
  struct Options {
    std::filesystem::path scratch;  // where blobs wait
    Deliver deliver;
    std::optional<Digest> only = {};
    std::string place;  // how the user wrote it
  };
  explicit ArchiveDestination(Options options) : options_(std::move(options)), staged_(options_.scratch) {}

  // An archive is replaced as a whole: what an old one holds spares nothing.
  std::optional<Digest> current(const std::string&) override { return std::nullopt; }
  bool has_blob(const layers::Descriptor& descriptor) override { return staged_.has(descriptor); }
  bool has_manifest(const layers::Descriptor& descriptor) override { return staged_.has(descriptor); }
  bool mount_blob(const layers::Descriptor&, const std::vector<std::string>&) override { return false; }
  void put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) override {
    staged_.put(descriptor, open, task);
  }
  void put_manifest(const layers::Document& document, const std::string& tag) override;
  void put_root(const layers::Document& root, const std::vector<std::string>& tags) override;
  std::string host() const override { return {}; }
  std::string describe() const override { return options_.place; }

 protected:
  const StagedBlobs& staged() const { return staged_; }

 private:
  // Adds the files that say what the blobs are.
  virtual void describe_in(TarImage& image, const layers::Document& root,
                           const std::vector<std::string>& tags) const = 0;
  Options options_;
  StagedBlobs staged_;
};

// An OCI image layout in a tar.
class OciArchiveDestination final : public ArchiveDestination {
 public:
  using ArchiveDestination::ArchiveDestination;

 private:
  void describe_in(TarImage& image, const layers::Document& root,
                   const std::vector<std::string>& tags) const override;
};

// What `docker save` writes since Docker 25: a layout and, for every other reader, a manifest.json whose
// paths lead into it. Layers stay compressed as they are; manifests stay what they are, so digests do.
class DockerArchiveDestination final : public ArchiveDestination {
 public:
  // Images are named `name` and the tag; without a name they have none.
  DockerArchiveDestination(Options options, std::optional<Reference> name)
      : ArchiveDestination(std::move(options)), name_(std::move(name)) {}
  void accept(const layers::Document& root) override;

 private:
  void describe_in(TarImage& image, const layers::Document& root,
                   const std::vector<std::string>& tags) const override;
  std::optional<Reference> name_;
};

}  // namespace whittle::registry
