// The parts of a build that several machines made, put together: all their images, and one index over them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "builder/shard_report.hpp"
#include "layers/document.hpp"
#include "registry/access.hpp"
#include "registry/image_io.hpp"

namespace whittle::builder {

struct JoinedImages {
  std::vector<ReportedImage> images = {};    // by name
  std::vector<std::string> unaffected = {};  // by name
  Costs costs() const;
};

// `reports` are those of all shards. Error(not_found) when an image of `wanted` is in none of them,
// Error(integrity) when two have built one of the same name, and not the same image.
JoinedImages joined(const std::vector<ShardReport>& reports, const std::vector<std::string>& wanted);

// An index over images, wherever each of them is, as a source to copy it from. Each is named by an
// annotation, `dev.whittle.image`. Borrows the access.
class JoinedIndex final : public registry::ImageSource {
 public:
  JoinedIndex(const std::vector<ReportedImage>& images, registry::Access& access);

  layers::Document root() override { return root_; }
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override;
  std::string describe() const override { return "the images of all shards"; }

 private:
  std::shared_ptr<registry::ImageSource> source_of(const Digest& digest);

  layers::Document root_;
  std::mutex mutex_;
  std::map<Digest, std::shared_ptr<registry::ImageSource>> sources_;  // guarded by mutex_; by what is there
};

}  // namespace whittle::builder
