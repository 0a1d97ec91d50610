#include "packages/control_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"

namespace whittle::packages {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Policy, section 5.1: printable ASCII but blank and colon; neither "#" nor "-" comes first.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.front() != '#' && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return is_blank(c) || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equal_letters(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::optional<std::string_view> ControlParagraph::find(std::string_view name) const {
  for (const auto& field : fields)
    if (equal_names(field.name, name)) return field.value;
  return std::nullopt;
}

bool ControlReader::next(ControlParagraph& paragraph) {
  paragraph.fields.clear();
  std::size_t begin = position_;
  while (position_ < text_.size()) {
    const auto line = take_line();
    if (options_.comments && line.starts_with('#')) continue;
    if (trimmed(line).empty()) {
      if (!paragraph.fields.empty()) return true;
      begin = position_;
      continue;
    }
    if (position_ - begin > options_.limits.paragraph)
      fail_limit(fmt::format("a paragraph is longer than {} bytes", options_.limits.paragraph));
    if (!is_blank(line.front())) {
      add_field(paragraph, line);
    } else {
      if (paragraph.fields.empty()) fail("a line continues a field, but there is none before it");
      // Comments in between become part of the value; lines_of() leaves them out.
      auto& value = paragraph.fields.back().value;
      value = trimmed({value.data(), static_cast<std::size_t>(line.data() + line.size() - value.data())});
    }
  }
  return !paragraph.fields.empty();
}

std::string_view ControlReader::take_line() {
  const auto end = std::min(text_.find('\n', position_), text_.size());
  const auto line = text_.substr(position_, end - position_);
  position_ = std::min(end + 1, text_.size());
  ++line_;
  if (line.size() > options_.limits.line)
    fail_limit(fmt::format("a line is longer than {} bytes", options_.limits.line));
  if (line.find('\0') != std::string_view::npos) fail("there is a NUL byte in the line");
  return line;
}

void ControlReader::add_field(ControlParagraph& paragraph, std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, std::min(colon, line.size()));
  if (colon == std::string_view::npos || !is_field_name(name))
    fail(fmt::format("{} is not a field (NAME: VALUE)", shown(line)));
  if (paragraph.find(name)) fail(fmt::format("the field {} is there twice", shown(name)));
  if (paragraph.fields.size() == options_.limits.fields)
    fail_limit(fmt::format("a paragraph has more than {} fields", options_.limits.fields));
  if (paragraph.fields.empty()) paragraph.line = line_;
  // An empty value keeps its place in the text: further lines may follow.
  auto value = line.substr(colon + 1);
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  paragraph.fields.push_back({name, value});
}

void ControlReader::fail(std::string_view why) const {
  throw Error(options_.kind, fmt::format("{}:{}: {}", what_, line_, why));
}

void ControlReader::fail_limit(std::string_view why) const {
  throw Error(ErrorKind::limit, fmt::format("{}:{}: {}", what_, line_, why));
}

std::vector<std::string_view> lines_of(std::string_view value) {
  std::vector<std::string_view> lines;
  while (!value.empty()) {
    const auto end = std::min(value.find('\n'), value.size());
    const auto line = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    if (!line.starts_with('#') && !trimmed(line).empty()) lines.push_back(trimmed(line));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view value) {
  std::vector<std::string_view> words;
  for (auto line : lines_of(value)) {
    while (!line.empty()) {
      const auto end = static_cast<std::size_t>(std::ranges::find_if(line, is_blank) - line.begin());
      words.push_back(line.substr(0, end));
      line = trimmed(line.substr(end));
    }
  }
  return words;
}

}  // namespace whittle::packages
