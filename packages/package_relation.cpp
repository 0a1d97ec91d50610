#include "packages/package_relation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/control_file.hpp"
#include "packages/debian_version.hpp"

namespace whittle::packages {
namespace {

using Comparison = PackageRelation::Comparison;

// The one-character forms are old and mean "or equal" (policy, section 7.1). Longer signs come first.
constexpr std::array<std::pair<std::string_view, Comparison>, 7> signs{{{"<<", Comparison::less},
                                                                        {"<=", Comparison::at_most},
                                                                        {">=", Comparison::at_least},
                                                                        {">>", Comparison::greater},
                                                                        {"=", Comparison::equal},
                                                                        {"<", Comparison::at_most},
                                                                        {">", Comparison::at_least}}};

[[noreturn]] void refuse_relation(std::string_view text) {
  throw Error(ErrorKind::integrity, fmt::format("{} is not a relation to a package", shown(text)));
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
         c == '.' || c == '_';
}

void parse_condition(std::string_view text, PackageRelation& relation) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') refuse_relation(text);
  const auto inner = trimmed(text.substr(1, text.size() - 2));
  const auto sign =
      std::ranges::find_if(signs, [&](const auto& one) { return inner.starts_with(one.first); });
  if (sign == signs.end()) refuse_relation(text);
  relation.comparison = sign->second;
  relation.version = trimmed(inner.substr(sign->first.size()));
  if (!is_version(relation.version)) refuse_relation(text);
}

PackageRelation parse_one(std::string_view text) {
  const auto length = std::min(text.find_first_of(": \t\n("), text.size());
  PackageRelation relation{text.substr(0, length)};
  auto rest = trimmed(text.substr(length));
  if (rest.starts_with(':')) {
    const auto end = std::min(rest.find_first_of(" \t\n("), rest.size());
    relation.architecture = rest.substr(1, end - 1);
    if (!is_package_name(relation.architecture)) refuse_relation(text);
    rest = trimmed(rest.substr(end));
  }
  if (!is_package_name(relation.name)) refuse_relation(text);
  if (!rest.empty()) parse_condition(rest, relation);
  return relation;
}

// Calls `each` with the parts of `text` between separators, blanks around them removed.
template <class Each>
void split(std::string_view text, char separator, const Each& each) {
  for (;;) {
    const auto end = std::min(text.find(separator), text.size());
    each(trimmed(text.substr(0, end)));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_package_name(std::string_view text) {
  static constexpr std::size_t longest = 255;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, is_name_character) &&
         std::string_view("+-._").find(text.front()) == std::string_view::npos;
}

bool PackageRelation::takes(std::string_view candidate) const {
  if (comparison == Comparison::any) return true;
  const auto order = compare_versions(candidate, version);
  switch (comparison) {
    case Comparison::less:
      return order < 0;
    case Comparison::at_most:
      return order <= 0;
    case Comparison::equal:
      return order == 0;
    case Comparison::at_least:
      return order >= 0;
    default:
      return order > 0;
  }
}

std::vector<Alternatives> parse_relations(std::string_view field) {
  std::vector<Alternatives> all;
  split(field, ',', [&](std::string_view clause) {
    if (clause.empty()) return;  // a comma at the end is common
    Alternatives alternatives;
    split(clause, '|', [&](std::string_view one) { alternatives.push_back(parse_one(one)); });
    all.push_back(std::move(alternatives));
  });
  return all;
}

}  // namespace whittle::packages
