#include "builder/dockerfile_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view line_blanks = " \t";

std::string in_case(std::string_view text, char from, char to) {
  std::string result(text);
  for (char& c : result)
    if (c >= from && c <= static_cast<char>(from + 25)) c = static_cast<char>(c - from + to);
  return result;
}

void check_characters(std::string_view text, std::string_view name) {
  const auto is_bad = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
  };
  if (!is_utf8(text)) throw Error(ErrorKind::unsupported, fmt::format("{} is not UTF-8 text", escaped(name)));
  if (std::any_of(text.begin(), text.end(), is_bad))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} has control characters; it is no Dockerfile", escaped(name)));
}

// The lines of a file, with or without carriage returns.
class DockerfileLines {
 public:
  explicit DockerfileLines(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  std::size_t number() const { return number_; }  // of the line that was taken last
  std::string_view peek() const {
    auto line = rest_.substr(0, rest_.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  std::string_view take() {
    const auto line = peek();
    const auto end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    return line;
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

bool is_comment(std::string_view line) {
  return trimmed(line).starts_with('#');
}

// Directives stand before everything else; the first line that is none ends them.
void read_directives(DockerfileLines& lines, Dockerfile& file, std::string_view name) {
  while (!lines.at_end() && is_comment(lines.peek())) {
    const auto content = trimmed(trimmed(lines.peek()).substr(1));
    const auto equals = content.find('=');
    if (equals == std::string_view::npos) return;
    const auto key = in_case(trimmed(content.substr(0, equals)), 'A', 'a');
    const auto value = trimmed(content.substr(equals + 1));
    if (key != "syntax" && key != "escape" && key != "check") return;
    lines.take();
    file.directives.push_back(fmt::format("{}={}", key, value));
    if (key != "escape") continue;
    if (value != "\\" && value != "`")
      throw Error(ErrorKind::unsupported,
                  fmt::format("{}:{}: the escape character {} is neither `\\` nor \"`\"", escaped(name),
                              lines.number(), shown(value)));
    file.escape = value[0];
  }
}

// Joins the lines of one instruction. Empty and comment lines in between are left out, as Docker does.
Instruction join(DockerfileLines& lines, char escape) {
  Instruction instruction;
  bool continues = true;
  while (continues && !lines.at_end()) {
    auto line = lines.take();
    const bool first = instruction.line == 0;
    if (first) instruction.line = lines.number();
    if (!first && (is_comment(line) || trimmed(line).empty())) continue;
    const auto end = line.find_last_not_of(line_blanks);
    continues = end != std::string_view::npos && line[end] == escape;
    if (continues) line = line.substr(0, end);
    instruction.lines.emplace_back(instruction.arguments.size(), lines.number());
    if (instruction.arguments.size() + line.size() > longest_instruction) {
      instruction.is_cut = true;
      line = line.substr(0, std::min(line.size(), longest_instruction - instruction.arguments.size()));
      while (!line.empty() && !is_utf8(line)) line.remove_suffix(1);  // three bytes at most
    }
    instruction.arguments += line;
  }
  return instruction;
}

// Takes `count` bytes, and the blanks behind them, from the front of the arguments.
void drop_front(Instruction& instruction, std::size_t count) {
  auto& text = instruction.arguments;
  count = std::min(text.find_first_not_of(line_blanks, count), text.size());
  text.erase(0, count);
  for (auto& [offset, line] : instruction.lines) offset -= std::min(offset, count);
}

// The end of the word at `start`: quotes and escaped characters belong to it.
std::size_t end_of_word(std::string_view text, std::size_t start, char escape) {
  char quote = 0;
  for (std::size_t i = start; i < text.size(); ++i) {
    if (text[i] == escape && quote != '\'')
      ++i;
    else if (quote != 0)
      quote = text[i] == quote ? '\0' : quote;
    else if (text[i] == '"' || text[i] == '\'')
      quote = text[i];
    else if (line_blanks.find(text[i]) != std::string_view::npos)
      return i;
  }
  return text.size();
}

void take_flags(Instruction& instruction, char escape) {
  while (instruction.arguments.starts_with("--")) {
    const auto end = end_of_word(instruction.arguments, 0, escape);
    const auto word = instruction.arguments.substr(2, end - 2);
    const auto equals = word.find('=');
    std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
    instruction.flags.emplace_back(in_case(word.substr(0, equals), 'A', 'a'), value);
    drop_front(instruction, end);
  }
}

std::optional<std::vector<std::string>> as_json(std::string_view text) {
  if (!text.starts_with('[')) return std::nullopt;
  try {
    const auto list = parse_json(text, "the list");
    std::vector<std::string> words;
    for (const auto& item : list) {
      if (!item.is_string()) return std::nullopt;
      words.push_back(item.get<std::string>());
      for (const char c : words.back())
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') return std::nullopt;
    }
    return words;
  } catch (const Error&) {
    return std::nullopt;  // Docker takes what is no JSON for the shell form
  }
}

struct HeredocStart {
  Heredoc heredoc;
  bool strips_tabs = false;
};

// The heredocs that the arguments announce: `<<NAME`, `<<-NAME`, `<<"NAME"`, outside of quotes.
std::vector<HeredocStart> announced(std::string_view text, char escape) {
  std::vector<HeredocStart> starts;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == escape) {
      ++i;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text.substr(i).starts_with("<<<")) {
      i += 2;  // a here-string, or nothing
    } else if (text.substr(i).starts_with("<<")) {
      i += 2;
      HeredocStart start;
      start.strips_tabs = i < text.size() && text[i] == '-';
      if (start.strips_tabs) ++i;
      const auto end = std::min(text.find_first_of(" \t;|&<>()", i), text.size());
      for (const char c : text.substr(i, end - i)) {
        if (c == '"' || c == '\'')
          start.heredoc.expands = false;
        else
          start.heredoc.name += c;
      }
      if (!start.heredoc.name.empty()) starts.push_back(start);
      i = end == i ? i - 1 : end - 1;
    }
  }
  return starts;
}

void read_heredocs(Instruction& instruction, DockerfileLines& lines, char escape, std::string_view name) {
  static constexpr std::array<std::string_view, 4> takers = {"RUN", "COPY", "ADD", "ONBUILD"};
  if (std::find(takers.begin(), takers.end(), instruction.name) == takers.end()) return;
  for (auto& start : announced(instruction.arguments, escape)) {
    bool ended = false;
    while (!ended && !lines.at_end()) {
      auto line = lines.take();
      if (start.strips_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
      ended = line == start.heredoc.name;
      if (ended) continue;
      if (start.heredoc.text.size() + line.size() > longest_instruction)
        instruction.is_cut = true;
      else
        start.heredoc.text.append(line).append("\n");
    }
    if (!ended)
      throw Error(ErrorKind::unsupported, fmt::format("{}:{}: the heredoc {} does not end", escaped(name),
                                                      instruction.line, shown(start.heredoc.name)));
    instruction.heredocs.push_back(std::move(start.heredoc));
  }
}

}  // namespace

std::optional<std::string> Instruction::flag(std::string_view flag_name) const {
  for (const auto& [key, value] : flags)
    if (key == flag_name) return value;
  return std::nullopt;
}

std::size_t Instruction::line_at(std::size_t offset) const {
  std::size_t result = line;
  for (const auto& [start, number] : lines)
    if (start <= offset) result = number;
  return result;
}

std::string Instruction::text() const {
  std::string result = name;
  for (const auto& [key, value] : flags)
    result += fmt::format(" --{}{}{}", key, value.empty() ? "" : "=", value);
  return arguments.empty() ? result : fmt::format("{} {}", result, arguments);
}

Dockerfile parse_dockerfile(std::string_view text, std::string_view name) {
  if (text.size() > longest_dockerfile)
    throw Error(ErrorKind::limit, fmt::format("{} has {} bytes, {} are allowed", escaped(name), text.size(),
                                              longest_dockerfile));
  check_characters(text, name);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Dockerfile file;
  DockerfileLines lines(text);
  read_directives(lines, file, name);
  while (!lines.at_end()) {
    if (is_comment(lines.peek()) || trimmed(lines.peek()).empty()) {
      lines.take();
      continue;
    }
    auto instruction = join(lines, file.escape);
    drop_front(instruction, 0);
    const auto end = std::min(instruction.arguments.find_first_of(line_blanks), instruction.arguments.size());
    instruction.name = in_case(instruction.arguments.substr(0, end), 'a', 'A');
    drop_front(instruction, end);
    instruction.arguments.erase(instruction.arguments.find_last_not_of(line_blanks) + 1);
    read_heredocs(instruction, lines, file.escape, name);
    take_flags(instruction, file.escape);
    if (!instruction.is_cut) instruction.json = as_json(instruction.arguments);
    if (file.instructions.size() == most_instructions)
      throw Error(ErrorKind::limit,
                  fmt::format("{} has more than {} instructions", escaped(name), most_instructions));
    file.instructions.push_back(std::move(instruction));
  }
  return file;
}

}  // namespace whittle::builder
