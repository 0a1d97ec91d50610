// The first line of a script: what interprets it (execve(2), "Interpreter scripts"; env(1)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::closure {

struct Shebang {
  std::string interpreter = {};             // an absolute path, or one from where the script is started
  std::vector<std::string> arguments = {};  // words of the rest of the line

  // What runs the script in the end: behind `env` and its options the command that env looks up in PATH, else
  // the interpreter. Empty when there is none.
  std::string_view program() const&;
  std::string_view program() const&& = delete;
  bool is_env() const;
};

// Of a text that begins with "#!"; empty for any other. Reads at most 255 bytes of the line, as Linux does.
Shebang read_shebang(std::string_view text);

// Whether a program of that name or path reads the language of the shell.
bool is_shell(std::string_view program);

}  // namespace whittle::closure
