#include "deploying/mention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/text.hpp"

namespace whittle::deploying {
namespace {

using Scheme = Mention::Scheme;

constexpr std::array<std::pair<std::string_view, Scheme>, 2> schemes = {
    {{"whittle://", Scheme::whittle}, {"ko://", Scheme::ko}}};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Of names of images and of import paths (Go specification of modules, "Module paths").
bool is_of_name(char c) {
  return is_alphanumeric(c) || std::string_view("-._~/+").find(c) != std::string_view::npos;
}

// Whether a scheme at `at` is one, and not the end of a longer word.
bool begins_word(std::string_view text, std::size_t at, const MentionRules& rules) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (rules.escapes && at >= 2 && text[at - 2] == '\\') return true;
  return !is_alphanumeric(before) && before != '+' && before != '.' && before != '-';
}

std::size_t end_of_name(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_of_name(text[end])) ++end;
  while (end > from && text[end - 1] == '.') --end;  // that of a sentence
  return end;
}

std::size_t end_of_word(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_alphanumeric(text[end])) ++end;
  return end;
}

// Reads what is behind the name.
void take_part(std::string_view text, Mention& mention) {
  const auto end = end_of_word(text, mention.end + 1);
  const auto word = text.substr(mention.end + 1, end - mention.end - 1);
  if (word.empty()) return;
  if (word == "repository")
    mention.part = Mention::Part::repository;
  else if (word == "digest")
    mention.part = Mention::Part::digest;
  else
    throw BadMention{mention.begin, fmt::format("{}#{} asks for what is neither #repository nor #digest",
                                                escaped(mention.image()), escaped(word))};
  mention.end = end;
}

std::optional<Mention> mention_at(std::string_view text, std::size_t at, std::string_view scheme,
                                  Scheme kind) {
  Mention mention;
  mention.scheme = kind;
  mention.begin = at;
  const auto from = at + scheme.size();
  mention.end = end_of_name(text, from);
  mention.name = text.substr(from, mention.end - from);
  const char next = mention.end < text.size() ? text[mention.end] : '\0';
  if (next == '$' || next == '{')
    throw BadMention{at, fmt::format("{} is followed by {}: which image is meant has to be written out",
                                     escaped(mention.image()), next == '$' ? "a variable" : "a template")};
  if (mention.name.empty()) {
    if (at == 0 && from == text.size()) throw BadMention{at, fmt::format("{} names no image", scheme)};
    return std::nullopt;
  }
  if (next == '#') take_part(text, mention);
  if (text.substr(mention.end).starts_with("://"))
    throw BadMention{at, fmt::format("{} is followed by another scheme", escaped(mention.image()))};
  const char behind = mention.end < text.size() ? text[mention.end] : '\0';
  const bool goes_on = mention.end + 1 < text.size() && is_alphanumeric(text[mention.end + 1]);
  if ((behind == ':' || behind == '@') && goes_on)
    throw BadMention{at, fmt::format("{} has a {} behind it; it becomes one digest by itself",
                                     escaped(mention.image()), behind == ':' ? "tag" : "digest")};
  return mention;
}

}  // namespace

std::string Mention::replacement(std::string_view reference) const {
  const auto at = std::min(reference.rfind('@'), reference.size());
  if (part == Part::repository) return std::string(reference.substr(0, at));
  if (part == Part::digest) return std::string(reference.substr(std::min(at + 1, reference.size())));
  return std::string(reference);
}

bool may_have_mentions(std::string_view text) {
  // A quoted scalar may write the slashes as `\/`.
  return text.find("whittle:") != std::string_view::npos || text.find("ko:") != std::string_view::npos;
}

std::vector<Mention> mentions_in(std::string_view text, const MentionRules& rules) {
  std::vector<Mention> mentions;
  for (auto slashes = text.find("://"); slashes != std::string_view::npos;
       slashes = text.find("://", slashes + 3)) {
    for (const auto& [scheme, kind] : schemes) {
      const auto word = scheme.size() - 3;
      if (slashes < word || text.substr(slashes - word, word) != scheme.substr(0, word)) continue;
      if (!begins_word(text, slashes - word, rules)) continue;
      if (auto mention = mention_at(text, slashes - word, scheme, kind))
        mentions.push_back(std::move(*mention));
    }
  }
  return mentions;
}

}  // namespace whittle::deploying
