// A repository in a registry, written (distribution-spec, "Push").
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "registry/client.hpp"
#include "registry/image_io.hpp"
#include "registry/reference.hpp"

namespace whittle::registry {

class RegistryDestination final : public ImageDestination {
 public:
  // With a digest in the reference, no other document is given a tag.
  RegistryDestination(std::shared_ptr<RegistryClient> client, Reference reference)
      : client_(std::move(client)),
        reference_(std::move(reference)),
        scopes_(Scopes::push(reference_.repository)) {}

  std::optional<Digest> current(const std::string& tag) override;
  bool has_blob(const layers::Descriptor& descriptor) override;
  bool has_manifest(const layers::Descriptor& descriptor) override;
  bool mount_blob(const layers::Descriptor& descriptor, const std::vector<std::string>& from) override;
  void put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) override;
  void put_manifest(const layers::Document& document, const std::string& tag) override;
  std::set<Digest> listed(const std::vector<layers::Document>& referrers) override;
  void put_root(const layers::Document& root, const std::vector<std::string>& tags) override;
  std::string host() const override { return reference_.host; }
  std::string describe() const override { return reference_.name(); }

 private:
  bool mount_from(const layers::Descriptor& descriptor, const std::string& repository);
  std::optional<Url> take_session(const Digest& digest);
  bool exists(const std::string& path);
  void check_binding(const layers::Document& document, bool tagged) const;
  Response send_document(const Request& request);
  std::set<std::string> store(const layers::Document& document, const std::string& tag,
                              const std::vector<std::string>& tags);
  std::set<std::string> put_with_tags(const layers::Document& root, const std::vector<std::string>& tags);
  void make_findable(const layers::Document& document, bool maybe_listed);

  std::shared_ptr<RegistryClient> client_;
  Reference reference_;
  Scopes scopes_;
  std::mutex mutex_;
  std::map<Digest, Url> sessions_;     // uploads that refused mounts have opened
  std::set<std::string> unmountable_;  // repositories that nothing could be mounted from
  std::mutex listing_mutex_;           // one after the other: they change the same tags
  std::set<Digest> listed_;            // documents that can be found from their subject
};

}  // namespace whittle::registry
