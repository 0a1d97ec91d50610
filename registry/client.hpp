// Talks to one registry: authenticated requests, and errors that say what the registry said.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "common/report.hpp"
#include "registry/authenticator.hpp"
#include "registry/connect_rules.hpp"
#include "registry/http.hpp"
#include "registry/registry_error.hpp"
#include "registry/retries.hpp"
#include "registry/scopes.hpp"

namespace whittle::registry {

// Thread-safe. Borrows everything it is given.
class RegistryClient {
 public:
  RegistryClient(Transport& transport, Retries& retries, const ConnectRules& rules,
                 CredentialStore& credentials, Reporter& reporter, std::string host);

  // `path` behind /v2/, e.g. "shop/api/manifests/1.4".
  Url url(std::string_view path) const;

  // Sends the request, follows redirects and answers challenges of the registry itself. A request to another
  // origin (an upload's Location) goes without authorization. Returns whatever status the answer has.
  Response send(Request request, const Scopes& scopes, const std::string& repository);

  // Resolves a Location of an answer, by the rules of redirects.
  Url location_of(const Response& response, std::string_view what) const;

  // Throws what an unexpected answer means.
  [[noreturn]] void refuse(const Request& request, Response& response, const std::string& repository);

  // Whether the registry may set several tags in one request, which is not known before it has been tried.
  bool takes_several_tags() const { return takes_several_tags_; }
  void takes_no_several_tags() { takes_several_tags_ = false; }

  // Whether the registry may have the referrers API: so until its answer shows that it has no such path.
  bool may_list_referrers() const { return may_list_referrers_; }
  void lists_no_referrers() { may_list_referrers_ = false; }

  Reporter& reporter() { return reporter_; }
  Retries& retries() { return retries_; }

 private:
  std::vector<Challenge> challenges_of(const Response& response);
  void report_warnings(const Response& response);
  Transport& transport_;
  Retries& retries_;
  const ConnectRules& rules_;
  Reporter& reporter_;
  std::string host_;
  Url base_;
  Authenticator authenticator_;
  std::atomic<bool> takes_several_tags_ = true;
  std::atomic<bool> may_list_referrers_ = true;
  std::mutex mutex_;
  std::set<std::string> warnings_;  // told already
  std::size_t warning_bytes_ = 0;
};

}  // namespace whittle::registry
