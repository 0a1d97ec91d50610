#include "registry/scopes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace whittle::registry {
namespace {

template <class Take>
void split(std::string_view text, char separator, const Take& take) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

Scopes Scopes::parse(std::string_view text) {
  Scopes scopes;
  split(text, ' ', [&](std::string_view scope) {
    const auto colon = scope.rfind(':');
    if (colon == std::string_view::npos) return;
    auto& actions = scopes.resources_[std::string(scope.substr(0, colon))];
    split(scope.substr(colon + 1), ',', [&](std::string_view action) { actions.emplace(action); });
  });
  return scopes;
}

void Scopes::add(const Scopes& others) {
  for (const auto& [resource, actions] : others.resources_)
    resources_[resource].insert(actions.begin(), actions.end());
}

bool Scopes::includes(const Scopes& others) const {
  return std::all_of(others.resources_.begin(), others.resources_.end(), [&](const auto& other) {
    const auto found = resources_.find(other.first);
    return found != resources_.end() && std::includes(found->second.begin(), found->second.end(),
                                                      other.second.begin(), other.second.end());
  });
}

std::vector<std::string> Scopes::texts() const {
  std::vector<std::string> texts;
  for (const auto& [resource, actions] : resources_)
    texts.push_back(fmt::format("{}:{}", resource, fmt::join(actions, ",")));
  return texts;
}

std::string Scopes::key() const {
  return fmt::format("{}", fmt::join(texts(), " "));
}

}  // namespace whittle::registry
