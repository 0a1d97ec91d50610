// What refers to an image: manifests that name it as their `subject`, such as signatures (distribution-spec,
// "Listing Referrers"). Registries with the referrers API list them; for the others a tag made of the digest
// names an index of them, which whoever pushes extends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "layers/descriptor.hpp"
#include "registry/client.hpp"
#include "registry/referral.hpp"

namespace whittle::registry {

// One repository of a registry, asked for referrers. Thread-safe; borrows the client.
class Referrers {
 public:
  Referrers(RegistryClient& client, Scopes scopes, std::string repository)
      : client_(client), scopes_(std::move(scopes)), repository_(std::move(repository)) {}

  // By the API, all pages of it; where the registry has none, which is found out once, by the tag. Each
  // digest once; of that artifact type unless it is empty. Refusals (401, 403, 429, 5xx) are errors, never an
  // empty list (hostile.md, 157).
  std::vector<layers::Descriptor> list(const Digest& subject, std::string_view artifact_type = {});

  // Makes a manifest that is in the repository findable from its subject by the tag. What else the tag's
  // index holds stays as it is. Other writers are met by conditional requests where the registry honours them
  // and by reading again everywhere: Error(remote_conflict) when the entry is still missing after five
  // rounds, or the tag names something else than an index (hostile.md, 159 and 160).
  void add_to_tag(const Referral& referral);

 private:
  struct Tagged;  // what the tag names now
  std::optional<std::vector<layers::Descriptor>> by_api(const Digest& subject,
                                                        std::string_view artifact_type);
  std::vector<layers::Descriptor> by_tag(const Digest& subject);
  Tagged read_tag(const std::string& tag);
  bool replace_tag(const std::string& tag, const std::string& index, const Tagged& before);

  RegistryClient& client_;
  Scopes scopes_;
  std::string repository_;
};

// The target of the Link field with the relation `next` (RFC 8288); nothing without one. Public for its
// tests.
std::optional<std::string> next_link(const Headers& headers);

}  // namespace whittle::registry
