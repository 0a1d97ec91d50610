#include "closure/shell_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "closure/shebang.hpp"
#include "closure/string_constants.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

constexpr int deepest = 8;  // of commands in commands
constexpr std::size_t longest_script_word = 4'096;

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Behind these a command may stand.
constexpr std::array<std::string_view, 14> introduces = {
    "if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "fi", "done", "esac", "}"};

bool is_name(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

struct Word {
  std::string text = {};
  bool is_computed = false;  // not all of it is known
  bool is_all = false;       // "$@"
  bool is_quoted = false;
};

class ScriptReader {
 public:
  ScriptReader(std::string_view script, ShellWords& found, std::set<std::string, std::less<>>& functions,
               int depth)
      : script_(script), found_(found), functions_(functions), depth_(depth) {}

  void read() {
    while (at_ < script_.size()) {
      const char c = script_[at_];
      if (c == ' ' || c == '\t' || c == '\r')
        ++at_;
      else if (script_.substr(at_).starts_with("\\\n"))
        at_ += 2;
      else if (c == '\n')
        end_line();
      else if (c == '#')
        at_ = std::min(script_.find('\n', at_), script_.size());
      else if (std::string_view(";&|()").find(c) != std::string_view::npos)
        end_command(1);
      else if (c == '<' || c == '>')
        read_redirection();
      else
        read_one_word();
    }
    end_command(0);
  }

 private:
  void keep(std::set<std::string, std::less<>>& set, std::string_view text) {
    if (set.size() < most_shell_words) set.emplace(text);
  }
  void inner(std::string_view script) {
    if (depth_ < deepest) ScriptReader(script, found_, functions_, depth_ + 1).read();
  }

  void end_command(std::size_t skip) {
    at_ += skip;
    words_.clear();
    runs_others_ = is_source_ = has_no_command_ = false;
  }

  void end_line() {
    end_command(1);
    for (const auto& end : heredocs_) {
      while (at_ < script_.size()) {
        const auto stop = std::min(script_.find('\n', at_), script_.size());
        auto line = script_.substr(at_, stop - at_);
        line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        at_ = std::min(stop + 1, script_.size());
        if (line == end) break;
      }
    }
    heredocs_.clear();
  }

  void read_redirection() {
    const bool is_heredoc = script_.substr(at_).starts_with("<<") && !script_.substr(at_).starts_with("<<<");
    while (at_ < script_.size() && std::string_view("<>&|-").find(script_[at_]) != std::string_view::npos)
      ++at_;
    if (at_ < script_.size() && script_[at_] == '(') return;  // <(command)
    while (at_ < script_.size() && (script_[at_] == ' ' || script_[at_] == '\t')) ++at_;
    if (at_ >= script_.size() || std::string_view("\n;&|()<>").find(script_[at_]) != std::string_view::npos)
      return;
    const auto word = read_word();
    if (is_heredoc)
      heredocs_.push_back(word.text);
    else
      each_path(word.text, false, [&](std::string_view path) { keep(found_.paths, path); });
  }

  // What stands where a command may stand.
  void take_command(const Word& word) {
    if (!word.is_quoted && is_one_of(introduces, word.text)) return;
    if (!word.is_quoted &&
        (word.text == "for" || word.text == "case" || word.text == "select" || word.text == "function")) {
      words_.push_back(word.text);
      has_no_command_ = true;
      return;
    }
    const auto equals = word.text.find('=');
    if (equals != std::string::npos && is_name(std::string_view(word.text).substr(0, equals)))
      return take_paths(word);
    auto behind = script_.find_first_not_of(" \t", at_);
    if (behind != std::string_view::npos && script_.substr(behind).starts_with("()")) {
      keep(functions_, word.text);
      return;
    }
    words_.push_back(word.text);
    if (behind != std::string_view::npos && script_[behind] == ')' && !word.is_quoted && depth_ == 0)
      return;  // of `case`
    if (word.is_computed) {
      found_.computes_commands = found_.computes_commands || !word.is_all;
      return;
    }
    is_source_ = word.text == "." || word.text == "source";
    runs_others_ = runs_its_arguments(layers::name_of_path(word.text));
    if (!word.text.empty()) keep(found_.commands, word.text);
  }

  void take_paths(const Word& word) {
    each_path(word.text, false, [&](std::string_view path) { keep(found_.paths, path); });
  }

  void take_argument(const Word& word) {
    const bool runs_text =
        words_[0] == "eval" || words_[0] == "trap" || (is_shell(words_[0]) && words_.back() == "-c");
    words_.push_back(word.text);
    if (runs_text && !word.text.empty()) inner(word.text);
    if (is_source_ && words_.size() == 2 && !word.is_computed) keep(found_.sources, word.text);
    if (runs_others_ && !word.is_computed && !word.text.empty() && word.text[0] != '-')
      keep(found_.commands, word.text);
    take_paths(word);
  }

  void read_one_word() {
    const auto start = at_;
    const auto word = read_word();
    if (at_ == start)
      ++at_;  // nothing that a word begins with
    else if (has_no_command_)
      word.text == "do" ? end_command(0) : take_paths(word);
    else if (words_.empty())
      take_command(word);
    else
      take_argument(word);
  }

  Word read_word() {
    Word word;
    while (at_ < script_.size() &&
           std::string_view(" \t\r\n;&|()<>").find(script_[at_]) == std::string_view::npos) {
      const char c = script_[at_];
      if (c == '\'') {
        const auto close = std::min(script_.find('\'', at_ + 1), script_.size());
        add(word, script_.substr(at_ + 1, close - at_ - 1));
        at_ = std::min(close + 1, script_.size());
        word.is_quoted = true;
      } else if (c == '"') {
        read_quoted(word);
      } else if (c == '\\') {
        add(word, script_.substr(at_ + 1, 1));
        at_ = std::min(at_ + 2, script_.size());
      } else if (c == '$' || c == '`') {
        read_expansion(word);
      } else {
        add(word, script_.substr(at_++, 1));
      }
    }
    return word;
  }

  void read_quoted(Word& word) {
    word.is_quoted = true;
    for (++at_; at_ < script_.size() && script_[at_] != '"';) {
      const char c = script_[at_];
      if (c == '\\') {
        add(word, script_.substr(at_ + 1, 1));
        at_ = std::min(at_ + 2, script_.size());
      } else if (c == '$' || c == '`') {
        read_expansion(word);
      } else {
        add(word, script_.substr(at_++, 1));
      }
    }
    at_ = std::min(at_ + 1, script_.size());
  }

  // From `$` or a backquote to the end of what it stands for.
  void read_expansion(Word& word) {
    const auto rest = script_.substr(at_);
    word.is_computed = true;
    if (rest.starts_with('`') || rest.starts_with("$(") || rest.starts_with("${")) {
      const bool is_braces = rest.starts_with("${");
      const auto begin = at_ + (rest.starts_with('`') ? 1 : 2);
      const auto end = rest.starts_with('`') ? std::min(script_.find('`', begin), script_.size())
                                             : matching(begin, is_braces ? '{' : '(', is_braces ? '}' : ')');
      const auto content = script_.substr(begin, end - begin);
      if (!is_braces) inner(content);
      // The word of ${NAME:-word}.
      else
        each_path(content.substr(content.find_first_of("-=+?") + 1), false,
                  [&](std::string_view path) { keep(found_.paths, path); });
      at_ = std::min(end + 1, script_.size());
      return;
    }
    word.is_all = word.text.empty() && (rest.starts_with("$@") || rest.starts_with("$*"));
    ++at_;
    if (at_ >= script_.size()) return;
    if (!is_name(script_.substr(at_, 1))) {
      if (std::string_view("@*#?$!-0123456789").find(script_[at_]) != std::string_view::npos) ++at_;
      return;
    }
    while (at_ < script_.size() &&
           (std::isalnum(static_cast<unsigned char>(script_[at_])) != 0 || script_[at_] == '_'))
      ++at_;
  }

  std::size_t matching(std::size_t at, char open, char close) const {
    std::size_t depth = 1;
    char quote = 0;
    for (; at < script_.size(); ++at) {
      const char c = script_[at];
      if (c == '\\' && quote != '\'')
        ++at;
      else if (quote != 0)
        quote = c == quote ? '\0' : quote;
      else if (c == '\'' || c == '"')
        quote = c;
      else if (c == open)
        ++depth;
      else if (c == close && --depth == 0)
        return at;
    }
    return script_.size();
  }

  static void add(Word& word, std::string_view text) {
    if (word.text.size() < longest_script_word) word.text += text;
  }

  std::string_view script_;
  ShellWords& found_;
  std::set<std::string, std::less<>>& functions_;
  int depth_;
  std::size_t at_ = 0;
  std::vector<std::string> words_ = {};  // of the command so far
  std::vector<std::string> heredocs_ = {};
  bool runs_others_ = false;
  bool is_source_ = false;
  bool has_no_command_ = false;  // `for`, `case`: words follow
};

}  // namespace

ShellWords read_shell_words(std::string_view script) {
  ShellWords found;
  std::set<std::string, std::less<>> functions;
  ScriptReader(script, found, functions, 0).read();
  for (const auto& function : functions) found.commands.erase(function);
  return found;
}

bool is_shell_builtin(std::string_view command) {
  static constexpr std::array<std::string_view, 49> names = {
      ".",        ":",       "[",     "alias",    "bg",      "break", "builtin", "cd",     "command",
      "continue", "declare", "echo",  "eval",     "exec",    "exit",  "export",  "false",  "fc",
      "fg",       "getopts", "hash",  "help",     "history", "jobs",  "kill",    "let",    "local",
      "printf",   "pwd",     "read",  "readonly", "return",  "set",   "shift",   "shopt",  "source",
      "suspend",  "test",    "times", "trap",     "true",    "type",  "typeset", "ulimit", "umask",
      "unalias",  "unset",   "wait",  "in"};
  return is_one_of(names, command);
}

bool runs_its_arguments(std::string_view command) {
  static constexpr std::array<std::string_view, 31> names = {
      "builtin", "catatonit",   "chroot", "chrt",    "command", "dumb-init", "env",   "eval",
      "exec",    "find",        "gosu",   "hash",    "ionice",  "nice",      "nohup", "runuser",
      "setpriv", "setsid",      "stdbuf", "su-exec", "sudo",    "taskset",   "time",  "timeout",
      "tini",    "tini-static", "trap",   "type",    "watch",   "which",     "xargs"};
  return is_one_of(names, command);
}

}  // namespace whittle::closure
