#include "vulnerabilities/ecosystem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace whittle::vulnerabilities {
namespace {

bool begins_with_digit(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// "3.20.1" is of the branch 3.20.
std::string_view branch_of(std::string_view version) {
  const auto dot = version.find('.');
  return dot == std::string_view::npos ? version : version.substr(0, version.find('.', dot + 1));
}

}  // namespace

std::optional<std::string> known_ecosystem(std::string_view name) {
  const auto colon = name.find(':');
  const auto family = name.substr(0, colon);
  if (name == go_ecosystem) return std::string(name);
  if (family != "Debian" && family != "Alpine" && family != "Ubuntu") return std::nullopt;
  if (colon == std::string_view::npos) return std::string(name);
  auto release = name.substr(colon + 1);
  if (family == "Ubuntu" && release.ends_with(":LTS")) release.remove_suffix(4);
  return fmt::format("{}:{}", family, release);
}

VersionOrder order_of(std::string_view ecosystem) {
  if (ecosystem == go_ecosystem) return VersionOrder::semantic;
  return ecosystem.starts_with("Alpine") ? VersionOrder::alpine : VersionOrder::debian;
}

std::string ecosystem_of(const evidence::Component& package) {
  const std::string_view distribution = package.distribution;
  const auto dash = distribution.find('-');
  if (dash == std::string_view::npos || !begins_with_digit(distribution.substr(dash + 1))) return {};
  const auto id = distribution.substr(0, dash);
  const auto version = distribution.substr(dash + 1);
  if (id == "debian") return fmt::format("Debian:{}", version.substr(0, version.find('.')));
  if (id == "ubuntu") return fmt::format("Ubuntu:{}", version);
  if (id == "alpine") return fmt::format("Alpine:v{}", branch_of(version));
  return {};
}

}  // namespace whittle::vulnerabilities
