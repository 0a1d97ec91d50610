#include "toolchains/go_import.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/ascii.hpp"
#include "registry/url.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t most_imports = 100;
constexpr std::string_view blanks = " \t\r\n\f";

// Takes the text up to and including `mark` away and returns what stands before it.
std::string_view take_past(std::string_view& text, std::string_view mark) {
  const auto end = text.find(mark);
  const auto before = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + mark.size());
  return before;
}

std::string_view take_word(std::string_view& text, std::string_view ends) {
  const auto word = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(word.size());
  return word;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string without_entities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> entities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string result;
  while (!text.empty()) {
    const auto found = std::find_if(entities.begin(), entities.end(),
                                    [&](const auto& entity) { return text.starts_with(entity.first); });
    result += found == entities.end() ? text.front() : found->second;
    text.remove_prefix(found == entities.end() ? 1 : found->first.size());
  }
  return result;
}

struct Attributes {
  std::string name;
  std::string content;
};

// Reads a tag's attributes and its closing bracket away.
Attributes take_attributes(std::string_view& html) {
  Attributes attributes;
  while (true) {
    skip_blanks(html);
    if (html.empty()) return attributes;
    if (html.front() == '>') {
      html.remove_prefix(1);
      return attributes;
    }
    const auto name = lower_case(take_word(html, " \t\r\n\f=>"));
    skip_blanks(html);
    if (!html.starts_with('=')) continue;
    html.remove_prefix(1);
    skip_blanks(html);
    std::string_view value;
    if (html.starts_with('"') || html.starts_with('\'')) {
      const auto quote = html.substr(0, 1);
      html.remove_prefix(1);
      value = take_past(html, quote);
    } else {
      value = take_word(html, " \t\r\n\f>");
    }
    if (name == "name") attributes.name = without_entities(value);
    if (name == "content") attributes.content = without_entities(value);
  }
}

std::optional<GoImport> import_of(const Attributes& attributes) {
  if (attributes.name != "go-import") return std::nullopt;
  std::string_view rest = attributes.content;
  std::vector<std::string> words;
  for (skip_blanks(rest); !rest.empty(); skip_blanks(rest)) {
    words.emplace_back(take_word(rest, blanks));
    if (words.size() > 4) return std::nullopt;
  }
  if (words.size() < 3) return std::nullopt;
  return GoImport{std::move(words[0]), std::move(words[1]), std::move(words[2])};
}

}  // namespace

std::vector<GoImport> read_go_imports(std::string_view html) {
  std::vector<GoImport> imports;
  while (!html.empty() && imports.size() < most_imports) {
    take_past(html, "<");
    if (html.starts_with("!--")) {
      take_past(html, "-->");
      continue;
    }
    const auto tag = lower_case(take_word(html, " \t\r\n\f>"));
    if (tag == "body" || tag == "/head") break;
    const auto attributes = take_attributes(html);
    // Their content is no markup (HTML, 13.2.5, "raw text").
    if (tag == "script" || tag == "style") take_past(html, "</");
    if (tag != "meta") continue;
    if (auto import = import_of(attributes)) imports.push_back(std::move(*import));
  }
  return imports;
}

std::optional<std::string> proxy_of(const std::vector<GoImport>& imports, std::string_view module) {
  const auto speaks_of = [&](const GoImport& import) {
    return import.vcs == "mod" && module.starts_with(import.prefix) &&
           (module.size() == import.prefix.size() || module[import.prefix.size()] == '/');
  };
  const auto found = std::find_if(imports.begin(), imports.end(), speaks_of);
  if (found == imports.end()) return std::nullopt;
  return found->root;
}

}  // namespace whittle::toolchains
