// Reads an image from what `docker save` writes: `docker-archive:FILE[:REF]`, and what the Docker daemon
// gives.
//
// Since Docker 25 such an archive is an image layout as well; then the image's own manifest is taken, and its
// digest is kept. Before, it had no manifest: one is made, the same for the same archive, with the layers as
// they are stored and their digests verified against the configuration.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "registry/archive.hpp"
#include "registry/image_io.hpp"
#include "registry/layout_index.hpp"
#include "registry/reference.hpp"

namespace whittle::registry {

inline constexpr std::size_t docker_manifest_limit = 1U << 20U;  // bytes of manifest.json (hostile.md, 201)

// Borrows the reporter, which is told when a digest is not that of where the image came from.
class DockerArchiveSource final : public ImageSource {
 public:
  struct Wanted {
    std::optional<Reference> reference;  // nothing: the only image there is
    std::optional<Digest> digest;        // then nothing but that manifest
  };
  // `place` is how the user wrote it. Error(integrity) when the archive is none of Docker's, Error(limit).
  DockerArchiveSource(std::shared_ptr<const Archive> archive, Wanted wanted, std::string place,
                      Reporter& reporter, std::stop_token stop, const Limits& limits = {});

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor&, const std::string&) override {
    return {};
  }
  std::string describe() const override { return place_; }

 private:
  using Members = std::map<Digest, Archive::Member>;
  struct Image {  // an entry of manifest.json
    std::string config;
    std::vector<std::string> names;
    std::vector<std::string> layers;
  };
  // A manifest, and where what it names lies if not under the paths of a layout.
  struct Chosen {
    layers::Document root;
    Members members = {};
    bool made = false;
  };
  void read_images();
  std::vector<const Image*> candidates() const;
  Chosen choose() const;
  Chosen read_image(const Image& image) const;
  std::optional<layers::Document> kept_manifest(const Image& image, const Digest& config) const;
  Chosen made_manifest(const Image& image, const std::string& config) const;
  layers::Descriptor layer_of(const Archive::Member& member, const Digest& diff_id,
                              const std::string& what) const;
  Archive::Member require_member(const std::string& path) const;
  const Chosen& chosen();
  std::string listed() const;

  std::shared_ptr<const Archive> archive_;
  Wanted wanted_;
  std::string place_;
  Reporter& reporter_;
  std::stop_token stop_;
  Limits limits_;
  std::vector<Image> images_;
  std::optional<LayoutIndex> index_;
  std::mutex mutex_;
  std::optional<Chosen> chosen_;
};

}  // namespace whittle::registry
