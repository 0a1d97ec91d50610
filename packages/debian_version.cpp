#include "packages/debian_version.hpp"

#include <algorithm>
#include <cstddef>

namespace whittle::packages {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Parts {
  std::string_view epoch;
  std::string_view upstream;
  std::string_view revision;
};

Parts split(std::string_view version) {
  Parts parts;
  if (const auto colon = version.find(':'); colon != std::string_view::npos) {
    parts.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const auto dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = version.substr(dash + 1);
  return parts;
}

// The place of a character that is no digit; the end of the text and digits have 0.
int place(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return 0;
  const char c = text.front();
  if (c == '~') return -1;
  return static_cast<unsigned char>(c) + (is_letter(c) ? 0 : 256);
}

std::string_view take_number(std::string_view& text) {
  while (text.starts_with('0')) text.remove_prefix(1);
  const auto length = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
  const auto number = text.substr(0, length);
  text.remove_prefix(length);
  return number;
}

// By turns a run of other characters and a number.
std::weak_ordering compare_parts(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    while (place(a) != 0 || place(b) != 0) {
      if (const auto order = place(a) <=> place(b); order != 0) return order;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    const auto left = take_number(a);
    const auto right = take_number(b);
    if (const auto order = left.size() <=> right.size(); order != 0) return order;
    if (const auto order = left.compare(right) <=> 0; order != 0) return order;
  }
  return std::weak_ordering::equivalent;
}

}  // namespace

bool is_version(std::string_view text) {
  const bool has_epoch = text.find(':') != std::string_view::npos;
  const auto parts = split(text);
  const bool has_revision = text.find('-') != std::string_view::npos;
  const auto allowed = [&](char c, std::string_view others) {
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
  };
  return (!has_epoch || !parts.epoch.empty()) && std::ranges::all_of(parts.epoch, is_digit) &&
         !parts.upstream.empty() &&
         std::ranges::all_of(parts.upstream,
                             [&](char c) { return allowed(c, has_epoch ? ".+~-:" : ".+~-"); }) &&
         (!has_revision || !parts.revision.empty()) &&
         std::ranges::all_of(parts.revision, [&](char c) { return allowed(c, ".+~"); });
}

std::weak_ordering compare_versions(std::string_view a, std::string_view b) {
  const auto left = split(a);
  const auto right = split(b);
  if (const auto order = compare_parts(left.epoch, right.epoch); order != 0) return order;
  if (const auto order = compare_parts(left.upstream, right.upstream); order != 0) return order;
  return compare_parts(left.revision, right.revision);
}

}  // namespace whittle::packages
