#include "vulnerabilities/alpine_version.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "vulnerabilities/long_number.hpp"

namespace whittle::vulnerabilities {
namespace {

// Before and after the release itself, whose rank is 0.
constexpr std::array<std::pair<std::string_view, int>, 9> suffixes = {{
    {"alpha", -4},
    {"beta", -3},
    {"pre", -2},
    {"rc", -1},
    {"cvs", 1},
    {"svn", 2},
    {"git", 3},
    {"hg", 4},
    {"p", 5},
}};

struct Suffix {
  int rank = 0;
  std::string_view number = {};
};

struct Version {
  std::vector<std::string_view> numbers = {};
  char letter = 0;
  std::vector<Suffix> suffixes = {};
  std::string_view revision = {};
};

template <class Is>
std::string_view take(std::string_view& text, const Is& is) {
  const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is) - text.begin());
  const auto part = text.substr(0, end);
  text.remove_prefix(end);
  return part;
}
std::string_view take_number(std::string_view& text) {
  return take(text, [](char c) { return c >= '0' && c <= '9'; });
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, Version& version) {
  const auto word = take(text, is_letter);
  for (const auto& [name, rank] : suffixes)
    if (word == name) {
      version.suffixes.push_back({rank, take_number(text)});
      return true;
    }
  return false;
}

std::optional<Version> parse(std::string_view text) {
  Version version;
  do {
    version.numbers.push_back(take_number(text));
    if (version.numbers.back().empty()) return std::nullopt;
  } while (take_prefix(text, "."));
  if (!text.empty() && is_letter(text.front())) {
    version.letter = text.front();
    text.remove_prefix(1);
  }
  while (take_prefix(text, "_"))
    if (!take_suffix(text, version)) return std::nullopt;
  if (take_prefix(text, "~"))
    take(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (take_prefix(text, "-r")) {
    version.revision = take_number(text);
    if (version.revision.empty()) return std::nullopt;
  }
  return text.empty() ? std::optional(version) : std::nullopt;
}

// Behind the first dot a number that begins with zero is a fraction: 1.05 < 1.1.
std::weak_ordering compare_field(std::string_view a, std::string_view b, bool first) {
  const auto is_fraction = [](std::string_view text) { return text.size() > 1 && text.front() == '0'; };
  if (!first && (is_fraction(a) || is_fraction(b))) return a.compare(b) <=> 0;
  return compare_numbers(a, b);
}

}  // namespace

bool is_alpine_version(std::string_view text) {
  return parse(text).has_value();
}

std::weak_ordering compare_alpine_versions(std::string_view a, std::string_view b) {
  const auto left = parse(a).value_or(Version());
  const auto right = parse(b).value_or(Version());
  for (std::size_t i = 0; i < std::min(left.numbers.size(), right.numbers.size()); ++i)
    if (const auto order = compare_field(left.numbers[i], right.numbers[i], i == 0); order != 0) return order;
  if (const auto order = left.numbers.size() <=> right.numbers.size(); order != 0) return order;
  if (const auto order = left.letter <=> right.letter; order != 0) return order;
  for (std::size_t i = 0; i < std::max(left.suffixes.size(), right.suffixes.size()); ++i) {
    const auto one = i < left.suffixes.size() ? left.suffixes[i] : Suffix();
    const auto other = i < right.suffixes.size() ? right.suffixes[i] : Suffix();
    if (const auto order = one.rank <=> other.rank; order != 0) return order;
    if (const auto order = compare_numbers(one.number, other.number); order != 0) return order;
  }
  return compare_numbers(left.revision, right.revision);
}

}  // namespace whittle::vulnerabilities
