// Mirrors and rewritten names: what matters of containers' registries.conf (containers-registries.conf(5),
// version 2) for pulling. docs/registries.md says what is read, and what is decided otherwise.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/reference.hpp"

namespace whittle::registry {

struct MirrorRule {
  std::string location;   // HOST[:PORT][/PATH]
  bool for_tags = false;  // may be asked what a tag names now
  bool for_digests = true;
  bool insecure = false;
};

struct RegistryRule {
  std::string prefix;    // HOST[:PORT][/PATH…], or *.DOMAIN
  std::string location;  // what stands in its place; "" for the prefix itself
  bool blocked = false;
  bool insecure = false;
  std::vector<MirrorRule> mirrors = {};
};

// Where an image is pulled from: the mirrors in their order, then the origin.
struct PullPlan {
  struct Mirror {
    Reference reference;
    bool for_tags;
    bool for_digests;
    bool insecure;
  };
  std::vector<Mirror> mirrors = {};
  Reference origin;
  bool insecure = false;  // the origin need not prove who it is, nor speak TLS
};

// The rules of one file. Error(usage) naming `what` and the line.
std::vector<RegistryRule> parse_registries_conf(std::string_view text, std::string_view what);

struct RegistriesOptions {
  std::vector<std::filesystem::path> files = {};  // the first that exists is read
  std::vector<std::filesystem::path> folders =
      {};              // of *.conf; a later rule replaces one for the same prefix
  bool named = false;  // by the user: then it is an error when there is none of the files
};

// Reads the files when it is first asked. Thread-safe.
class RegistriesConf {
 public:
  explicit RegistriesConf(RegistriesOptions options) : options_(std::move(options)) {}
  explicit RegistriesConf(std::vector<RegistryRule> rules) : rules_(std::move(rules)) {}

  // By the rule with the longest prefix. Error(policy) when the registry is blocked, Error(usage) when a
  // location gives no reference.
  PullPlan pull(const Reference& reference);
  // Pushes go where they are sent, never to a mirror. Whether that registry is insecure. Error(policy) as
  // above.
  bool push(const Reference& reference);

 private:
  const RegistryRule* find(const Reference& reference);
  RegistriesOptions options_;
  std::mutex mutex_;
  std::optional<std::vector<RegistryRule>> rules_;
};

}  // namespace whittle::registry
