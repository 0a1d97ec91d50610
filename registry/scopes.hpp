// What a token is asked for (distribution, "Token Scope Documentation"): actions on resources.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::registry {

class Scopes {
 public:
  static Scopes pull(const std::string& repository) { return Scopes("repository:" + repository, {"pull"}); }
  static Scopes push(const std::string& repository) {
    return Scopes("repository:" + repository, {"pull", "push"});
  }
  // The `scope` of a challenge: several, separated by blanks, each RESOURCE:ACTION[,ACTION].
  static Scopes parse(std::string_view text);

  void add(const Scopes& others);
  bool includes(const Scopes& others) const;
  std::vector<std::string> texts() const;  // one per resource, sorted
  std::string key() const;                 // equal for equal scopes

 private:
  Scopes() = default;
  Scopes(std::string resource, std::set<std::string> actions) {
    resources_[std::move(resource)] = std::move(actions);
  }
  std::map<std::string, std::set<std::string>> resources_;
};

}  // namespace whittle::registry
