#include "vulnerabilities/package_url.hpp"

#include "common/ascii.hpp"
#include "common/percent.hpp"

namespace whittle::vulnerabilities {
std::optional<PackageUrl> PackageUrl::parse(std::string_view text) {
  constexpr std::string_view scheme = "pkg:";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  while (text.starts_with('/')) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("?#"));
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  PackageUrl url;
  url.type = lower_case(text.substr(0, slash));
  auto rest = text.substr(slash + 1);
  const auto at = rest.rfind('@');
  const auto version = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  const auto name = percent_decoded(rest.substr(0, at));
  auto plain_version = percent_decoded(version);
  if (!name || name->empty() || !plain_version) return std::nullopt;
  url.name = *name;
  url.version = std::move(*plain_version);
  return url;
}

}  // namespace whittle::vulnerabilities
