#include "vulnerabilities/package_url.hpp"

#include "common/ascii.hpp"

namespace whittle::vulnerabilities {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : digit_of(text[i + 2]);
    if (low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

}  // namespace

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
  const auto name = decoded(rest.substr(0, at));
  auto plain_version = decoded(version);
  if (!name || name->empty() || !plain_version) return std::nullopt;
  url.name = *name;
  url.version = std::move(*plain_version);
  return url;
}

}  // namespace whittle::vulnerabilities
