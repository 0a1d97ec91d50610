// Credential helpers: programs named docker-credential-NAME that hand out credentials (the protocol of
// docker-credential-helpers: `get`, the registry on stdin, JSON on stdout).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/credentials.hpp"

namespace whittle::registry {

struct HelperOptions {
  // Where the program of that name is; "" when it is nowhere.
  std::function<std::filesystem::path(const std::string&)> find_program = {};
  std::vector<std::string> environment = {};  // NAME=VALUE, all that a helper gets
  std::chrono::milliseconds time_limit{30'000};
  std::size_t answer_limit = 64U << 10U;  // bytes
};

struct HelperAnswer {
  std::optional<Credentials> credentials = {};  // nothing: the helper knows none, or it failed
  std::string failure = {};                     // how it failed, escaped and without any secret
};

// Remembers what each helper answered for five minutes, since what some of them hand out expires. Not
// thread-safe.
class CredentialHelpers {
 public:
  CredentialHelpers(HelperOptions options, std::stop_token stop)
      : options_(std::move(options)), stop_(std::move(stop)) {}

  // `host` as references name it. Throws Error(interrupted) alone: a helper that does not work is an answer.
  HelperAnswer ask(const std::string& name, const std::string& host);

 private:
  using Clock = std::chrono::steady_clock;
  HelperAnswer run_helper(const std::string& name, const std::string& host) const;
  HelperOptions options_;
  std::stop_token stop_;
  struct Kept {
    HelperAnswer answer;
    Clock::time_point until;
  };
  std::map<std::pair<std::string, std::string>, Kept> kept_;
};

// Reads what a helper wrote when asked for `host`; nothing when it names nobody. Error(auth) naming `what`,
// without a word of the text, which holds secrets.
std::optional<Credentials> parse_helper_answer(std::string_view text, std::string_view host,
                                               std::string_view what);

}  // namespace whittle::registry
