#include "vulnerabilities/databases.hpp"

#include <algorithm>

namespace whittle::vulnerabilities {

Databases::Advisories Databases::about(std::string_view ecosystem, std::string_view name,
                                       std::string_view installed) {
  auto key = std::tuple(std::string(ecosystem), std::string(name), std::string(installed));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  std::map<std::string, std::shared_ptr<const Advisory>> by_id;
  for (const auto& database : all_)
    for (auto& advisory : database.about(ecosystem, name, installed)) {
      auto& slot = by_id[advisory.id];
      if (!slot || slot->modified < advisory.modified) slot = std::make_shared<Advisory>(std::move(advisory));
    }
  Advisories advisories;
  for (auto& [id, advisory] : by_id) advisories.push_back(std::move(advisory));
  const std::lock_guard lock(mutex_);
  if (remembered_ + advisories.size() > most_remembered) {
    known_.clear();
    remembered_ = 0;
  }
  if (known_.emplace(std::move(key), advisories).second) remembered_ += advisories.size();
  return advisories;
}

bool Databases::covers(const std::string& ecosystem) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Database& database) { return database.ecosystems().contains(ecosystem); });
}

}  // namespace whittle::vulnerabilities
