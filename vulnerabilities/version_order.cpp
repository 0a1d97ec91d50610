#include "vulnerabilities/version_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/ascii.hpp"
#include "packages/debian_version.hpp"
#include "vulnerabilities/alpine_version.hpp"
#include "vulnerabilities/long_number.hpp"

namespace whittle::vulnerabilities {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Semantic Versioning 2.0.0; what databases leave out at the end ("1.2") is zero.
struct SemanticVersion {
  std::array<std::string_view, 3> numbers = {"0", "0", "0"};
  std::string_view prerelease = {};
};

std::optional<SemanticVersion> semantic(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  text = text.substr(0, text.find('+'));  // says how it was built
  SemanticVersion version;
  const auto dash = text.find('-');
  if (dash != std::string_view::npos) {
    version.prerelease = text.substr(dash + 1);
    const auto fine = [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    };
    if (version.prerelease.empty() ||
        !std::all_of(version.prerelease.begin(), version.prerelease.end(), fine))
      return std::nullopt;
    text = text.substr(0, dash);
  }
  std::size_t count = 0;
  for (;; ++count) {
    if (count == version.numbers.size()) return std::nullopt;
    const auto end = text.find('.');
    version.numbers[count] = text.substr(0, end);
    if (!is_number(version.numbers[count])) return std::nullopt;
    if (end == std::string_view::npos) return version;
    text.remove_prefix(end + 1);
  }
}

// Section 11: fields by turns, numbers before words, fewer before more.
std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();  // a release comes behind them
  while (!a.empty() && !b.empty()) {
    const auto left = take_until(a, '.');
    const auto right = take_until(b, '.');
    const bool numeric = is_number(left);
    if (numeric != is_number(right))
      return numeric ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto order = numeric ? compare_numbers(left, right) : left.compare(right) <=> 0;
    if (order != 0) return order;
  }
  return b.empty() <=> a.empty();
}

std::optional<std::weak_ordering> compare_semantic(std::string_view a, std::string_view b) {
  const auto left = semantic(a);
  const auto right = semantic(b);
  if (!left || !right) return std::nullopt;
  for (std::size_t i = 0; i < left->numbers.size(); ++i)
    if (const auto order = compare_numbers(left->numbers[i], right->numbers[i]); order != 0) return order;
  return compare_prereleases(left->prerelease, right->prerelease);
}

}  // namespace

bool is_version(VersionOrder order, std::string_view text) {
  switch (order) {
    case VersionOrder::semantic:
      return semantic(text).has_value();
    case VersionOrder::debian:
    case VersionOrder::alpine:
      return !text.empty();  // any text has a place in dpkg's order
  }
  return false;
}

std::optional<std::weak_ordering> compare(VersionOrder order, std::string_view a, std::string_view b) {
  if (order == VersionOrder::semantic) return compare_semantic(a, b);
  if (a.empty() || b.empty()) return std::nullopt;
  const bool is_apk = order == VersionOrder::alpine && is_alpine_version(a) && is_alpine_version(b);
  return is_apk ? compare_alpine_versions(a, b) : packages::compare_versions(a, b);
}

std::optional<std::string> semantic_version_of_go(std::string_view release) {
  if (!release.starts_with("go")) return std::nullopt;
  release.remove_prefix(2);
  const auto text = release.substr(0, release.find_first_of(" -+"));
  const auto stage = text.find_first_of("abr");  // alpha, beta, rc
  const auto numbers = text.substr(0, stage);
  if (!semantic(numbers)) return std::nullopt;
  std::string version(numbers);
  for (auto dots = std::count(numbers.begin(), numbers.end(), '.'); dots < 2; ++dots) version += ".0";
  if (stage == std::string_view::npos) return version;
  const auto word = text.substr(stage, text.find_first_of("0123456789", stage) - stage);
  const auto number = text.substr(stage + word.size());
  if (!is_number(number)) return std::nullopt;
  if (word == "b") return version;  // 1.12.5b4 is 1.12.5 with another library for encryption
  if (word != "alpha" && word != "beta" && word != "rc") return std::nullopt;
  return fmt::format("{}-{}.{}", version, word, number);
}

}  // namespace whittle::vulnerabilities
