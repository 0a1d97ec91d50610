// An image in a registry, read (distribution-spec, "Pull").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "registry/blob_presence.hpp"
#include "registry/client.hpp"
#include "registry/image_io.hpp"
#include "registry/reference.hpp"

namespace whittle::registry {

class RegistrySource final : public ImageSource, public BlobPresence {
 public:
  RegistrySource(std::shared_ptr<RegistryClient> client, Reference reference)
      : client_(std::move(client)), reference_(std::move(reference)) {}

  layers::Document root() override;
  layers::Document manifest(const layers::Descriptor& descriptor) override;
  std::unique_ptr<ByteSource> open_blob(const layers::Descriptor& descriptor) override;
  bool has_blob(const layers::Descriptor& descriptor) override;
  std::vector<std::string> mountable_from(const layers::Descriptor& blob, const std::string& host) override;
  std::vector<layers::Descriptor> referrers(const Digest& subject) override;
  std::optional<layers::Document> tagged(const std::string& tag) override;
  std::string describe() const override { return reference_.text(); }

 private:
  std::shared_ptr<RegistryClient> client_;
  Reference reference_;
};

// Fetches one manifest by tag or digest. By digest the body must have it; by tag its own digest counts, and a
// header that says something else is a warning (hostile.md, 105). Nothing when the registry answers 404.
std::optional<layers::Document> fetch_manifest(RegistryClient& client, const Scopes& scopes,
                                               const std::string& repository, const std::string& tag,
                                               const std::optional<Digest>& digest);

// A request for a manifest that accepts every type that is understood here.
Request manifest_request(std::string method, const RegistryClient& client, const std::string& repository,
                         const std::string& tag_or_digest);

}  // namespace whittle::registry
