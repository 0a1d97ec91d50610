#include "builder/shell_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/dockerfile_values.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view script_blanks = " \t\r";
constexpr std::string_view word_ends = " \t\r\n;|&<>()";
constexpr std::array<std::string_view, 7> compound = {"if",   "for",    "while",   "until",
                                                      "case", "select", "function"};

[[noreturn]] void refuse_script(std::string why) {
  throw Error(ErrorKind::unsupported, std::move(why));
}

bool is_redirection(std::string_view rest) {
  const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  rest.remove_prefix(digits);
  return rest.starts_with('>') || rest.starts_with('<') || (digits == 0 && rest.starts_with("&>"));
}

}  // namespace

ShellReader::ShellReader(std::string_view script, Values values)
    : script_(script), values_(std::move(values)) {}

bool ShellReader::take(std::string_view text) {
  if (!script_.substr(at_).starts_with(text)) return false;
  at_ += text.size();
  return true;
}

void ShellReader::skip_blanks() {
  while (at_ < script_.size()) {
    if (script_blanks.find(script_[at_]) != std::string_view::npos)
      ++at_;
    else if (!take("\\\n"))
      return;
  }
}

// What stands between two commands. Says in `command` how the next one hangs together with the last.
void ShellReader::read_operators(ShellCommand& command) {
  for (;;) {
    skip_blanks();
    if (at_ >= script_.size()) return;
    if (script_[at_] == '#') {
      at_ = std::min(script_.find('\n', at_), script_.size());
    } else if (take("||")) {
      command.is_alternative = true;
    } else if (take("|&") || take("|")) {
      command.is_piped = true;
    } else if (take("&&") || take(";") || take("\n") || (!is_redirection(script_.substr(at_)) && take("&"))) {
      command.is_alternative = command.is_piped = false;
    } else if (take("(")) {
      ++depth_;
    } else if (take(")")) {
      if (depth_ == 0) refuse_script("a `)` has no `(`");
      --depth_;
    } else if (!take("{ ") && !take("}") && !take("! ")) {
      return;
    }
  }
}

bool ShellReader::read_redirection(ShellCommand& command) {
  if (!is_redirection(script_.substr(at_))) return false;
  at_ = std::min(script_.find_first_not_of("0123456789", at_), script_.size());
  std::string sign;
  if (take("&")) sign = "&";
  while (at_ < script_.size() && (script_[at_] == '<' || script_[at_] == '>')) sign += script_[at_++];
  for (const std::string_view mark : {"&", "|", "-"})
    if (take(mark)) sign += mark;
  skip_blanks();
  std::string target;
  if (at_ < script_.size())
    for (const auto& word : read_word()) target += word.text;
  command.redirections.emplace_back(sign, target);
  return true;
}

std::optional<ShellCommand> ShellReader::next() {
  ShellCommand command;
  read_operators(command);
  if (at_ >= script_.size()) return std::nullopt;
  command.offset = at_;
  command.depth = depth_;
  while (at_ < script_.size()) {
    skip_blanks();
    if (at_ >= script_.size()) break;
    if (read_redirection(command)) continue;
    if (std::string_view("\n;|&()").find(script_[at_]) != std::string_view::npos) break;
    if (script_[at_] == '#') {
      at_ = std::min(script_.find('\n', at_), script_.size());
      break;
    }
    const auto start = at_;
    const auto words = read_word();
    const auto written = script_.substr(start, at_ - start);
    const auto equals = written.find('=');
    if (command.words.empty() && equals != std::string_view::npos && is_name(written.substr(0, equals))) {
      std::string value;  // assignments are not split into fields
      for (const auto& word : words) value += (value.empty() ? "" : " ") + word.text;
      command.assignments.emplace_back(written.substr(0, equals), value.substr(equals + 1));
      continue;
    }
    if (command.words.empty() && std::find(compound.begin(), compound.end(), written) != compound.end())
      refuse_script(fmt::format("`{}` of the shell is not followed", written));
    for (const auto& word : words) command.words.push_back(word.text);
  }
  command.source = script_.substr(command.offset, at_ - command.offset);
  command.source.erase(command.source.find_last_not_of(" \t\r\n") + 1);
  skip_heredocs(command);
  if (script_.substr(at_).starts_with("()") || script_.substr(at_).starts_with(" ()"))
    refuse_script("functions of the shell are not followed");
  return command;
}

// A `<<` inside a script takes the lines up to its name: nothing in them is a command. What follows on the
// line of the
// `<<` goes with them.
void ShellReader::skip_heredocs(const ShellCommand& command) {
  for (const auto& [sign, name] : command.redirections) {
    if (sign != "<<" && sign != "<<-") continue;
    auto line = script_.find('\n', at_);
    while (line != std::string_view::npos) {
      const auto end = std::min(script_.find('\n', line + 1), script_.size());
      auto content = script_.substr(line + 1, end - line - 1);
      if (sign == "<<-") content.remove_prefix(std::min(content.find_first_not_of('\t'), content.size()));
      if (content == name) {
        at_ = end;
        break;
      }
      line = end < script_.size() ? end : std::string_view::npos;
    }
  }
}

std::vector<ShellReader::Word> ShellReader::read_word() {
  std::vector<Word> words(1);
  bool empty = true;  // nothing in the last word yet, not even quotes
  while (at_ < script_.size() && word_ends.find(script_[at_]) == std::string_view::npos) {
    const char c = script_[at_];
    if (c == '\'') {
      const auto close = script_.find('\'', at_ + 1);
      if (close == std::string_view::npos) refuse_script("a quote is not closed");
      words.back().text += script_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
      empty = false;
    } else if (c == '"') {
      ++at_;
      empty = false;
      while (!take("\"")) {
        if (at_ >= script_.size()) refuse_script("a quote is not closed");
        if (script_[at_] == '$')
          words.back().text += read_dollar();
        else if (script_[at_] == '`')
          words.back().text += read_backquotes();
        else if (take("\\\n"))
          continue;
        else {
          if (script_[at_] == '\\' && at_ + 1 < script_.size() &&
              std::string_view("$`\"\\").find(script_[at_ + 1]) != std::string_view::npos)
            ++at_;
          words.back().text += script_[at_++];
        }
      }
    } else if (take("\\\n")) {
      continue;
    } else if (c == '\\' && at_ + 1 < script_.size()) {
      words.back().text += script_[at_ + 1];
      at_ += 2;
      empty = false;
    } else if (c == '$' || c == '`') {
      const auto value = c == '$' ? read_dollar() : read_backquotes();
      for (const char part : value) {
        if (std::string_view(" \t\n").find(part) == std::string_view::npos) {
          words.back().text += part;
          empty = false;
        } else if (!empty) {
          words.emplace_back();
          empty = true;
        }
      }
    } else {
      words.back().text += c;
      ++at_;
      empty = false;
    }
    if (words.back().text.size() > Variables::longest_value)
      throw Error(ErrorKind::limit, fmt::format("a word is longer than {} bytes", Variables::longest_value));
  }
  if (empty) words.pop_back();
  return words;
}

std::string ShellReader::read_dollar() {
  ++at_;
  if (take("((")) {
    const auto close = script_.find("))", at_);
    if (close == std::string_view::npos) refuse_script("a `$((` is not closed");
    at_ = close + 2;
    return values_.output("");
  }
  if (take("(")) return read_command_substitution();
  if (take("{")) {
    const auto close = closing_brace(script_, at_);
    if (close == std::string_view::npos) refuse_script("a `${` is not closed");
    const auto expression = script_.substr(at_, close - at_);
    at_ = close + 1;
    return values_.variable(expression);
  }
  auto end = at_;
  if (end < script_.size() && is_name(script_.substr(end, 1)))
    while (end < script_.size() && is_name(fmt::format("_{}", script_[end]))) ++end;
  if (end == at_ && at_ < script_.size() &&
      std::string_view("@*#?$!0123456789-").find(script_[at_]) != std::string_view::npos) {
    ++at_;
    return std::string(1, mark::unknown);
  }
  if (end == at_) return "$";
  const auto name = script_.substr(at_, end - at_);
  at_ = end;
  return values_.variable(name);
}

std::string ShellReader::read_backquotes() {
  const auto close = script_.find('`', at_ + 1);
  if (close == std::string_view::npos) refuse_script("a backquote is not closed");
  const auto script = script_.substr(at_ + 1, close - at_ - 1);
  at_ = close + 1;
  return values_.output(script);
}

// From behind "$(" to its ")", over quotes and parentheses inside.
std::string ShellReader::read_command_substitution() {
  const auto start = at_;
  std::size_t open = 1;
  char quote = 0;
  for (; at_ < script_.size(); ++at_) {
    const char c = script_[at_];
    if (c == '\\' && quote != '\'')
      ++at_;
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '(')
      ++open;
    else if (c == ')' && --open == 0) {
      const auto script = script_.substr(start, at_ - start);
      ++at_;
      return values_.output(script);
    }
  }
  refuse_script("a `$(` is not closed");
}

bool needs_shell(std::string_view command_line) {
  char quote = 0;
  for (std::size_t i = 0; i < command_line.size(); ++i) {
    const char c = command_line[i];
    if (c == '\\' && quote != '\'')
      ++i;
    else if (quote != '\'' && (c == '$' || c == '`'))
      return true;
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (std::string_view("\n;|&<>(){}*?[~#").find(c) != std::string_view::npos)
      return true;
  }
  return quote != 0;
}

}  // namespace whittle::builder
