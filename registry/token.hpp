// Bearer tokens: the answers of token services, and a cache of tokens shared by threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "registry/registry_error.hpp"

namespace whittle::registry {

struct Token {
  std::string text;
  std::chrono::steady_clock::time_point expires;
  std::string refresh = {};  // the refresh token that comes with it in OAuth 2
};

// Reads the body of a token answer (distribution, "Token Authentication"): `token` or `access_token`, and its
// lifetime, 60 seconds when it is absent, shorter or not a number. Error(auth) naming `what`.
Token parse_token(std::string_view body, std::chrono::steady_clock::time_point received,
                  std::string_view what);

// One token per set of scopes, fetched by one thread at a time; others that want it meanwhile get the same
// outcome. A failure is told to those who waited for it and then forgotten (hostile.md, 180). Thread-safe.
class TokenCache {
 public:
  using Fetch = std::function<Token()>;
  // The text of a token that is valid and is not `rejected`.
  std::string get(const std::string& key, const std::string& rejected, const Fetch& fetch);

 private:
  struct Slot {
    std::mutex mutex;
    std::condition_variable changed;
    bool busy = false;
    std::uint64_t round = 0;  // of fetches that have ended
    std::optional<Token> token;
    std::optional<RegistryError> failure;  // of the last round
  };
  std::shared_ptr<Slot> slot(const std::string& key);
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace whittle::registry
