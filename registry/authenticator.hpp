// Answers the challenges of one registry: Basic, or Bearer with tokens from its token service.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "registry/challenge.hpp"
#include "registry/connect_rules.hpp"
#include "registry/credential_store.hpp"
#include "registry/http.hpp"
#include "registry/scopes.hpp"
#include "registry/token.hpp"

namespace whittle::registry {

// Thread-safe. Borrows transport, rules and store. No secret of it reaches a message.
class Authenticator {
 public:
  // `host` is the registry as references name it, `base` where it is reached.
  Authenticator(Transport& transport, const ConnectRules& rules, CredentialStore& credentials,
                std::string host, Url base)
      : transport_(transport),
        rules_(rules),
        store_(credentials),
        host_(std::move(host)),
        base_(std::move(base)) {}

  // The Authorization for a request that needs `scopes`, as far as earlier challenges tell; "" otherwise.
  std::string known(const Scopes& scopes, const std::string& repository);
  // The same after a request with `rejected` ("" for none) was answered 401. Error(auth) when there is no
  // answer.
  std::string answer(const std::vector<Challenge>& challenges, const Scopes& scopes,
                     const std::string& repository, const std::string& rejected);
  // Whether the challenges ask for more than was asked the token service for.
  bool asks_for_more(const std::vector<Challenge>& challenges, const Scopes& scopes);
  // Tells the user why there may be no access to the repository.
  void explain(Error& error, const std::string& repository);

 private:
  struct TokenService {
    Url realm;
    std::string service;
  };
  std::string basic(const std::string& repository, const std::string& rejected);
  std::string bearer(const TokenService& service, const Scopes& scopes, const std::string& repository,
                     const std::string& rejected);
  Token fetch_token(const TokenService& service, const Scopes& scopes, const std::string& repository);
  std::optional<Token> fetch_by_identity(const TokenService& service, const Scopes& scopes,
                                         const std::string& repository, const Credentials& credentials);
  Token read_token(const Request& request, Response& response, const std::string& repository,
                   const std::optional<Credentials>& credentials);
  TokenService service_of(const Challenge& challenge) const;
  Scopes widened(const Scopes& scopes);

  Transport& transport_;
  const ConnectRules& rules_;
  CredentialStore& store_;
  std::string host_;
  Url base_;
  TokenCache tokens_;
  std::mutex mutex_;
  bool basic_ = false;                   // the registry was last seen to ask for Basic
  std::optional<TokenService> service_;  // or for a token of this service
  // By realm and the identity token of the store, which goes to that realm only: what the service gave for
  // it.
  std::map<std::pair<std::string, std::string>, std::string> renewed_;
  std::map<std::string, Scopes> wider_;  // what a challenge asked for beyond the scopes of that key
};

}  // namespace whittle::registry
