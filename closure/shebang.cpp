#include "closure/shebang.hpp"
#include "layers/image_path.hpp"

#include <algorithm>
#include <array>

namespace whittle::closure {
namespace {

constexpr std::size_t longest_line = 255;  // BINPRM_BUF_SIZE of Linux, less the end
constexpr std::string_view blanks_between_words = " \t";

bool is_option_or_assignment(std::string_view word) {
  return word.starts_with('-') || word.find('=') != std::string_view::npos;
}

}  // namespace

Shebang read_shebang(std::string_view text) {
  Shebang shebang;
  if (!text.starts_with("#!")) return shebang;
  auto line = text.substr(2, longest_line);
  line = line.substr(0, line.find_first_of(std::string_view("\n\r\0", 3)));
  while (!line.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks_between_words), line.size()));
    const auto word = line.substr(0, line.find_first_of(blanks_between_words));
    line.remove_prefix(word.size());
    if (word.empty()) break;
    if (shebang.interpreter.empty())
      shebang.interpreter = word;
    else
      shebang.arguments.emplace_back(word.starts_with("-S") && word.size() > 2 ? word.substr(2) : word);
  }
  return shebang;
}

bool Shebang::is_env() const {
  return layers::name_of_path(interpreter) == "env";
}

std::string_view Shebang::program() const& {
  if (!is_env()) return interpreter;
  for (const auto& word : arguments)
    if (!is_option_or_assignment(word)) return word;
  return {};
}

bool is_shell(std::string_view program) {
  static constexpr std::array<std::string_view, 11> shells = {
      "sh", "ash", "bash", "busybox", "dash", "ksh", "lksh", "mksh", "posh", "yash", "zsh"};
  return std::find(shells.begin(), shells.end(), layers::name_of_path(program)) != shells.end();
}

}  // namespace whittle::closure
