#include "deploying/manifest_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "common/yaml_events.hpp"

namespace whittle::deploying {
namespace {

constexpr std::size_t deepest_nesting = 512;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string place(std::string_view text, std::string_view name, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  std::size_t column = 1;
  for (std::size_t at = line_start; at < before.size(); ++column)
    at += std::max<std::size_t>(1, decode_character(before.substr(at)).length);
  return fmt::format("{}:{}:{}", escaped(name, false, 4096),
                     1 + std::count(before.begin(), before.end(), '\n'), column);
}

[[noreturn]] void refuse(std::string_view text, std::string_view name, std::size_t offset,
                         std::string_view why, ErrorKind kind = ErrorKind::spec) {
  throw Error(kind, fmt::format("{}: {}", place(text, name, offset), why));
}

std::size_t line_end(std::string_view text, std::size_t from) {
  return std::min(text.find('\n', from), text.size());
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Where a scalar itself begins: behind its anchor, its tag, and comments between them (YAML 1.2,
// section 6.9).
std::size_t behind_properties(std::string_view text, std::size_t at, std::size_t end) {
  while (at < end) {
    if (is_space(text[at]))
      ++at;
    else if (text[at] == '#')
      at = line_end(text, at);
    else if (text[at] == '&' || text[at] == '!')
      while (at < end && !is_space(text[at])) ++at;
    else
      break;
  }
  return at;
}

}  // namespace

// Finds what there is to replace, once.
class ManifestText::Reader {
 public:
  explicit Reader(ManifestText& manifest)
      : manifest_(manifest), text_(manifest.text_), name_(manifest.name_) {}

  void read() {
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
      throw Error(ErrorKind::spec,
                  fmt::format("{} is UTF-16; it has to be UTF-8", escaped(name_, false, 4096)));
    if (!may_have_mentions(text_)) return;
    try {
      read_yaml();
    } catch (Error& error) {
      if (is_ours_ || error.kind() != ErrorKind::spec || text_.find("{{") == std::string_view::npos) throw;
      manifest_.mentions_.clear();
      manifest_.settings_.clear();
      read_template(error.message());
    }
  }

 private:
  [[noreturn]] void fail(std::size_t offset, std::string_view why, ErrorKind kind = ErrorKind::spec) {
    is_ours_ = true;
    refuse(text_, name_, offset, why, kind);
  }

  void read_yaml() {
    YamlEvents events(text_, name_);
    std::size_t depth = 0;
    for (auto event = events.next(); event.type != YamlEvent::Type::end; event = events.next()) {
      using Type = YamlEvent::Type;
      if (event.type == Type::sequence_start || event.type == Type::mapping_start) ++depth;
      if (event.type == Type::sequence_end || event.type == Type::mapping_end) --depth;
      if (depth > deepest_nesting)
        fail(event.begin, fmt::format("nested deeper than the limit of {} levels", deepest_nesting),
             ErrorKind::spec_limit);
      if (event.type == Type::scalar && may_have_mentions(event.text)) take_scalar(event);
    }
  }

  // What the scalar says and how it is written have to mention the same: else the bytes are not to be
  // trusted.
  void take_scalar(const YamlEvent& event) {
    using Style = YamlEvent::Style;
    const auto wanted = read_mentions(event.text, event.begin, {}, false);
    if (wanted.empty()) return;
    auto begin = behind_properties(text_, event.begin, event.end);
    auto end = event.end;
    const bool quoted = event.style == Style::double_quoted || event.style == Style::single_quoted;
    if (quoted) begin = std::min(begin + 1, end), end = std::max(begin, end - 1);
    if (event.style == Style::block) begin = std::min(line_end(text_, begin), end);
    auto found = read_mentions(text_.substr(begin, end - begin), begin,
                               {.escapes = event.style == Style::double_quoted}, true);
    const auto same = [](const Mention& a, const Mention& b) { return a.same(b); };
    if (!std::equal(wanted.begin(), wanted.end(), found.begin(), found.end(), same)) {
      const bool whole =
          wanted.size() == 1 && wanted.front().begin == 0 && wanted.front().end == event.text.size();
      if (!quoted || !whole)
        fail(event.begin,
             fmt::format("{} is written with escapes or across lines and cannot be replaced here",
                         shown(wanted.front().image())));
      found = wanted;
      found.front().begin = begin;
      found.front().end = end;
    }
    for (auto& mention : found) {
      const bool whole = mention.begin == begin && mention.end == end;
      manifest_.settings_.push_back(event.style != Style::plain ? Setting::quoted
                                    : whole                     ? Setting::whole
                                                                : Setting::part);
      manifest_.mentions_.push_back(std::move(mention));
    }
  }

  std::vector<Mention> read_mentions(std::string_view part, std::size_t at, const MentionRules& rules,
                                     bool shift) {
    try {
      auto mentions = mentions_in(part, rules);
      for (auto& mention : mentions)
        if (shift) mention.begin += at, mention.end += at;
      return mentions;
    } catch (const BadMention& bad) {
      fail(shift ? at + bad.offset : at, bad.why);
    }
  }

  void read_template(const std::string& why) {
    for (std::size_t start = 0; start < text_.size();) {
      const auto end = line_end(text_, start);
      const auto line = text_.substr(start, end - start);
      const auto first = line.find_first_not_of(" \t");
      const bool comment = first != std::string_view::npos && line[first] == '#';
      for (auto& mention : comment ? std::vector<Mention>() : read_mentions(line, start, {}, true)) {
        if (!is_clear(mention, start, end)) try {
            fail(mention.begin, fmt::format("{} is not a value by itself here, in a template that is no YAML",
                                            shown(mention.image())));
          } catch (Error& error) {
            error.hint(fmt::format("write it as `key: {}`, or in quotes of its own ({})",
                                   escaped(mention.image()), why));
            throw;
          }
        manifest_.settings_.push_back(text_[mention.begin - 1] == ' ' ? Setting::whole : Setting::quoted);
        manifest_.mentions_.push_back(std::move(mention));
      }
      start = end + 1;
    }
  }

  // In quotes of its own, or alone behind `key:` or `-`, with nothing but a comment behind it.
  bool is_clear(const Mention& mention, std::size_t line_start, std::size_t line_end) const {
    const auto before = text_.substr(line_start, mention.begin - line_start);
    auto behind = text_.substr(mention.end, line_end - mention.end);
    if (before.empty()) return false;
    const char quote = before.back();
    if ((quote == '"' || quote == '\'' || quote == '`') && behind.starts_with(quote)) return true;
    const auto last = before.find_last_not_of(' ');
    if (quote != ' ' || last == std::string_view::npos || (before[last] != ':' && before[last] != '-'))
      return false;
    if (before.find('"') != std::string_view::npos || before.find('\'') != std::string_view::npos ||
        before.find(" #") != std::string_view::npos)
      return false;
    while (!behind.empty() && is_space(behind.back())) behind.remove_suffix(1);
    return behind.empty() || (is_space(behind.front()) && behind[behind.find_first_not_of(" \t")] == '#');
  }

  ManifestText& manifest_;
  std::string_view text_;
  std::string_view name_;
  bool is_ours_ = false;  // what was thrown is no fault of the YAML
};

ManifestText::ManifestText(std::string text, std::string name)
    : text_(std::move(text)), name_(std::move(name)) {
  Reader(*this).read();
}

std::string ManifestText::where(const Mention& mention) const {
  return place(text_, name_, mention.begin);
}

std::string ManifestText::resolved(const std::function<std::string(const Mention&)>& reference_of) const {
  std::string result;
  std::size_t done = 0;
  for (std::size_t i = 0; i < mentions_.size(); ++i) {
    const auto& mention = mentions_[i];
    const auto with = mention.replacement(reference_of(mention));
    result.append(text_, done, mention.begin - done);
    const bool bracket = with.starts_with('[') && settings_[i] != Setting::quoted;
    if (bracket && settings_[i] == Setting::part)
      refuse(text_, name_, mention.begin,
             "text with the name of a registry that begins with `[` has to be in quotes");
    result += bracket ? '"' + with + '"' : with;
    done = mention.end;
  }
  return result.append(text_, done);
}

std::string joined(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts.front();
  std::string all;
  for (const std::string_view whole : texts) {
    const auto text =
        whole.starts_with(byte_order_mark) && !all.empty() ? whole.substr(byte_order_mark.size()) : whole;
    if (!all.empty()) {
      if (!all.ends_with('\n')) all += '\n';
      // Directives belong to the next document only behind the end of the one before (YAML 1.2, section 9.2).
      if (text.starts_with('%'))
        all += "...\n";
      else if (!text.starts_with("---"))
        all += "---\n";
    }
    all += text;
  }
  return all;
}

}  // namespace whittle::deploying
