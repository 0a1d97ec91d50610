#include "builder/named_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::array<std::string_view, 3> known_names = {"git.commit", "git.tag", "version"};

[[noreturn]] void refuse_text(const Position& where, std::string_view why) {
  throw Error(ErrorKind::spec, fmt::format("{}: {}", where.text(), why));
}

[[noreturn]] void refuse_unknown(std::string_view name, const Position& where) {
  std::string known;
  for (const auto one : known_names) known += fmt::format("{}`${{{}}}`", known.empty() ? "" : ", ", one);
  Error error(ErrorKind::spec, fmt::format("{}: there is no named value `${{{}}}`; there are {}",
                                           where.text(), escaped(name), known));
  error.hint("write `$${` for a dollar sign and a brace");
  throw error;
}

std::string without_value(std::string_view name) {
  if (name == "git.commit") return "there is no git checkout with a commit here";
  if (name == "git.tag") return "no git tag names the commit that is built";
  return "it is not known here";
}

// Calls text(piece) and value(name) for the pieces of `text` in order; `$$` arrives as the piece "$".
template <class Text, class Value>
void split(std::string_view text, const Position& where, const Text& on_text, const Value& on_value) {
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    if (dollar > 0) on_text(text.substr(0, dollar));
    text.remove_prefix(dollar);
    if (text.starts_with("${")) {
      const auto close = text.find('}');
      if (close == std::string_view::npos)
        refuse_text(where, fmt::format("{} is not closed by `}}`", shown(text)));
      on_value(text.substr(2, close - 2));
      text.remove_prefix(close + 1);
    } else if (!text.empty()) {
      on_text(text.substr(0, 1));
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
  }
}

bool is_known(std::string_view name) {
  return std::find(known_names.begin(), known_names.end(), name) != known_names.end();
}

}  // namespace

std::span<const std::string_view> named_value_names() {
  return known_names;
}

std::string expand(std::string_view text, const NamedValues& values, const Position& where) {
  std::string result;
  split(
      text, where, [&](std::string_view piece) { result += piece; },
      [&](std::string_view name) {
        if (!is_known(name)) refuse_unknown(name, where);
        const auto value = values(name);
        if (!value) refuse_text(where, fmt::format("`${{{}}}` has no value: {}", name, without_value(name)));
        result += *value;
      });
  return result;
}

std::vector<std::string> expanded(const std::vector<std::string>& texts, const NamedValues& values,
                                  const Position& where) {
  std::vector<std::string> result;
  for (const auto& text : texts) result.push_back(expand(text, values, where));
  return result;
}

std::map<std::string, std::string> expanded(const std::map<std::string, std::string>& texts,
                                            const NamedValues& values, const Position& where) {
  std::map<std::string, std::string> result;
  for (const auto& [name, text] : texts) result.emplace(name, expand(text, values, where));
  return result;
}

void check_named_values(std::string_view text, const Position& where) {
  split(
      text, where, [](std::string_view) {},
      [&](std::string_view name) {
        if (!is_known(name)) refuse_unknown(name, where);
      });
}

bool has_named_values(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '$') continue;
    if (text[i + 1] == '{') return true;
    if (text[i + 1] == '$') ++i;
  }
  return false;
}

}  // namespace whittle::builder
