#include "cli/completion_scripts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <string_view>
#include <vector>

namespace whittle::cli {
namespace {

// In single quotes, as all three shells read them.
std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result + "'";
}

// Behind the program's own name: "cache gc".
std::string words_of(const CommandOutline& command) {
  return fmt::format("{}", fmt::join(command.path.begin() + 1, command.path.end(), " "));
}

void visit(const CommandOutline& command, const std::function<void(const CommandOutline&)>& see) {
  see(command);
  for (const auto& one : command.commands) visit(one, see);
}

// Those of "whittle" may follow any command.
std::vector<OptionOutline> options_at(const CommandOutline& whittle, const CommandOutline& command) {
  auto options = command.options;
  if (command.path.size() == 1) return options;
  for (const auto& option : whittle.options)
    if (option.names.back() != "--help" && option.names.back() != "--version") options.push_back(option);
  return options;
}

// ---- bash
// -----------------------------------------------------------------------------------------------------

std::string list_of(const std::vector<std::string>& words) {
  return shell_quoted(fmt::format("{}", fmt::join(words, " ")));
}

// What may follow the words of a command, and the values of its options.
void add_bash_cases(const CommandOutline& whittle, const CommandOutline& command, std::string& words,
                    std::string& values) {
  const auto path = words_of(command);
  std::vector<std::string> follow;
  std::vector<std::string> flags;
  for (const auto& one : command.commands) follow.push_back(one.path.back());
  for (const auto& argument : command.arguments)
    follow.insert(follow.end(), argument.choices.begin(), argument.choices.end());
  for (const auto& option : options_at(whittle, command)) {
    flags.insert(flags.end(), option.names.begin(), option.names.end());
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const auto& name : option.names) patterns.push_back(shell_quoted(path + " " + name));
    values += fmt::format("    {}) values={} ;;\n", fmt::join(patterns, "|"), list_of(option.choices));
  }
  words += fmt::format("    {}) words={} flags={} ;;\n", shell_quoted(path), list_of(follow), list_of(flags));
}

constexpr std::string_view bash_form =
    R"(# bash completion for whittle; load it with: source <(whittle completion bash)
_whittle() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path='' word words='' flags='' values=-
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "${{path:+$path }}$word" in {}) path="${{path:+$path }}$word" ;; esac
  done
  # bash takes --option=value apart into three words.
  if [ "$current" = = ]; then current=''; elif [ "$previous" = = ]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  case "$path $previous" in
{}  esac
  case $path in
{}  esac
  case $current in -*) words=$flags ;; esac
  [ "$values" = - ] || words=$values
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [ -n "${{COMPREPLY[*]}}" ] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}}
complete -o filenames -F _whittle whittle
)";

// ---- zsh
// ------------------------------------------------------------------------------------------------------

// Of a specification of _arguments, where brackets and colons mean something.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_action(const OptionOutline& option) {
  return option.choices.empty() ? "_files" : fmt::format("({})", fmt::join(option.choices, " "));
}

void add_zsh_option(const OptionOutline& option, std::string& text) {
  for (const auto& name : option.names) {
    const auto others =
        option.repeatable ? std::string("*") : fmt::format("({})", fmt::join(option.names, " "));
    std::string spec = fmt::format("{}{}[{}]", others, name, zsh_text(option.description));
    if (!option.value.empty()) {
      const bool is_long = name.starts_with("--");
      spec.insert(spec.find('['), is_long ? "=" : "+");
      spec += fmt::format(":{}:{}", zsh_text(option.value), zsh_action(option));
    }
    text += fmt::format(" \\\n    {}", shell_quoted(spec));
  }
}

std::string zsh_function_of(const CommandOutline& command) {
  return fmt::format("_{}", fmt::join(command.path, "_"));
}

void add_zsh_function(const CommandOutline& whittle, const CommandOutline& command, std::string& text) {
  text += fmt::format("{}() {{\n", zsh_function_of(command));
  if (!command.commands.empty()) {
    text += "  local context state line curcontext=$curcontext\n  local -a commands\n  commands=(\n";
    for (const auto& one : command.commands)
      text += fmt::format("    {}\n", shell_quoted(zsh_text(one.path.back()) + ":" + one.description));
    text += "  )\n";
  }
  text += command.commands.empty() ? "  _arguments -s -S" : "  _arguments -C";
  for (const auto& option : options_at(whittle, command)) add_zsh_option(option, text);
  for (const auto& argument : command.arguments)
    text +=
        fmt::format(" \\\n    {}", shell_quoted(fmt::format("{}:{}:{}", argument.repeatable ? "*" : "",
                                                            zsh_text(argument.value), zsh_action(argument))));
  if (!command.commands.empty()) {
    text +=
        " \\\n    '1:command:->command' '*::argument:->argument'\n  case $state in\n"
        "    command) _describe command commands ;;\n    argument) case $words[1] in\n";
    for (const auto& one : command.commands)
      text += fmt::format("      {}) {} ;;\n", one.path.back(), zsh_function_of(one));
    text += "    esac ;;\n  esac";
  }
  text += "\n}\n";
}

// ---- fish
// -----------------------------------------------------------------------------------------------------

// Where the command is the one that was given so far.
std::string fish_condition(const CommandOutline& command) {
  std::string text;
  for (std::size_t i = 1; i < command.path.size(); ++i)
    text += fmt::format("{}__fish_seen_subcommand_from {}", i > 1 ? "; and " : "", command.path[i]);
  return text;
}

std::string fish_line(const std::string& condition, const std::string& what, const std::string& description) {
  return fmt::format("complete -c whittle{} {} -d {}\n",
                     condition.empty() ? "" : " -n " + shell_quoted(condition), what,
                     shell_quoted(description));
}

void add_fish_lines(const CommandOutline& command, std::string& text) {
  const auto condition = fish_condition(command);
  std::vector<std::string> names;
  for (const auto& one : command.commands) names.push_back(one.path.back());
  const auto none_yet = fmt::format("{}{}not __fish_seen_subcommand_from {}", condition,
                                    condition.empty() ? "" : "; and ", fmt::join(names, " "));
  for (const auto& one : command.commands)
    text += fish_line(none_yet, "-f -a " + shell_quoted(one.path.back()), one.description);
  for (const auto& argument : command.arguments)
    if (!argument.choices.empty())
      text +=
          fish_line(condition, "-f -a " + shell_quoted(fmt::format("{}", fmt::join(argument.choices, " "))),
                    argument.description);
  for (const auto& option : command.options) {
    std::string what;
    for (const auto& name : option.names)
      what += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.choices.empty())
      what += " -x -a " + shell_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
    else if (!option.value.empty())
      what += " -r";
    text += fish_line(condition, what.substr(1), option.description);
  }
}

}  // namespace

std::string bash_completion(const CommandOutline& whittle) {
  std::vector<std::string> paths;
  std::string words;
  std::string values;
  visit(whittle, [&](const CommandOutline& command) {
    if (command.path.size() > 1) paths.push_back(shell_quoted(words_of(command)));
    add_bash_cases(whittle, command, words, values);
  });
  return fmt::format(bash_form, fmt::join(paths, "|"), values, words);
}

std::string zsh_completion(const CommandOutline& whittle) {
  std::string text =
      "#compdef whittle\n# zsh completion for whittle; load it with: source <(whittle completion zsh)\n";
  visit(whittle, [&](const CommandOutline& command) { add_zsh_function(whittle, command, text); });
  // Found by its name in a folder of completions, the file itself is the function; read by `source`, it is
  // not.
  return text +
         "if [ \"$funcstack[1]\" = _whittle ]; then _whittle \"$@\"; else compdef _whittle whittle; fi\n";
}

std::string fish_completion(const CommandOutline& whittle) {
  std::string text = "# fish completion for whittle; load it with: whittle completion fish | source\n";
  visit(whittle, [&](const CommandOutline& command) { add_fish_lines(command, text); });
  return text;
}

}  // namespace whittle::cli
