// Reads a shell script command by command, to see what it would do; nothing is run. It knows words, quotes,
// variables, redirections and lists of commands (POSIX.1-2017, XCU 2.2 to 2.9); not the compound commands
// `if`, `for`, `while` and `case`.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle::builder {

struct ShellCommand {
  std::size_t offset = 0;                                              // where in the script it begins
  std::string source = {};                                             // as it is written
  std::vector<std::pair<std::string, std::string>> assignments = {};   // in front of it: CGO_ENABLED=0
  std::vector<std::string> words = {};                                 // quotes removed, variables replaced
  std::vector<std::pair<std::string, std::string>> redirections = {};  // {">", "/etc/x"}
  std::size_t depth = 0;        // of the parentheses around it: `cd` in them does not reach beyond
  bool is_alternative = false;  // behind `||`: runs only when something failed
  bool is_piped = false;        // behind `|`: reads what another command writes
};

class ShellReader {
 public:
  struct Values {
    std::function<std::string(std::string_view expression)>
        variable;  // of "$x" and "${x:-y}", without dollar, braces
    std::function<std::string(std::string_view script)> output;  // of "$(…)" and backquotes
  };

  // Borrows the script; `values` is asked when a command is read, so it may know what the commands before
  // have set.
  ShellReader(std::string_view script, Values values);

  // The next simple command; nothing at the end. Error(unsupported) for a compound command or text that does
  // not end; then nothing more can be read.
  std::optional<ShellCommand> next();

 private:
  struct Word {
    std::string text;
    bool quoted = false;  // some part of it
  };
  void skip_blanks();
  bool take(std::string_view text);
  void read_operators(ShellCommand& command);
  bool read_redirection(ShellCommand& command);
  // The words that one written word becomes: variables outside of quotes may hold several or none.
  std::vector<Word> read_word();
  std::string read_dollar();
  std::string read_backquotes();
  std::string read_command_substitution();
  void skip_heredocs(const ShellCommand& command);

  std::string_view script_;
  Values values_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

// Whether the shell would do more with this than split it into words: expand, redirect, run several commands.
bool needs_shell(std::string_view command_line);

}  // namespace whittle::builder
