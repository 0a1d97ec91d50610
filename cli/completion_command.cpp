// whittle completion: a completion script for a shell, made from the command line as it is declared.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace whittle::cli {
namespace {

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// Per command path ("", "build", "cache gc"): the words that may follow.
void collect(const CLI::App& app, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& into) {
  auto words = subcommands_of(app);
  for (auto& flag : flags_of(app)) words.push_back(std::move(flag));
  into.emplace_back(path, fmt::format("{}", fmt::join(words, " ")));
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), into);
}

std::string bash_script(const CLI::App& app) {
  std::vector<std::pair<std::string, std::string>> words;
  collect(app, "", words);
  std::string cases;
  for (const auto& [path, list] : words) cases += fmt::format("    '{}') words='{}' ;;\n", path, list);
  return fmt::format(R"(# bash completion for whittle; load it with: source <(whittle completion bash)
_whittle() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path='' word words=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      -*) ;;
      *) case "${{path:+$path }}$word" in {}) path="${{path:+$path }}$word" ;; esac ;;
    esac
  done
  case $path in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current")
}}
complete -o filenames -F _whittle whittle
)",
                     [&] {
                       std::vector<std::string> paths;
                       for (const auto& entry : words)
                         if (!entry.first.empty()) paths.push_back("'" + entry.first + "'");
                       return fmt::format("{}", fmt::join(paths, "|"));
                     }(),
                     cases);
}

std::string fish_script(const CLI::App& app) {
  std::string text = "# fish completion for whittle; load it with: whittle completion fish | source\n";
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    text += fmt::format("complete -c whittle -n __fish_use_subcommand -a {} -d '{}'\n", command->get_name(),
                        command->get_description());
    for (const auto& flag : flags_of(*command))
      text += fmt::format("complete -c whittle -n '__fish_seen_subcommand_from {}' -l {}\n",
                          command->get_name(), flag.substr(2));
    for (const auto& name : subcommands_of(*command))
      text += fmt::format("complete -c whittle -n '__fish_seen_subcommand_from {}' -a {}\n",
                          command->get_name(), name);
  }
  return text;
}

std::string zsh_script(const CLI::App& app) {
  return "#compdef whittle\n# zsh completion for whittle; load it with: source <(whittle completion zsh)\n"
         "autoload -Uz bashcompinit && bashcompinit\n" +
         bash_script(app);
}

}  // namespace

void add_completion(CLI::App& app, const Choose& choose) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, choose, &app] {
    choose([shell, &app](Session& session) {
      session.print(*shell == "bash"  ? bash_script(app)
                    : *shell == "zsh" ? zsh_script(app)
                                      : fish_script(app));
    });
  });
}

}  // namespace whittle::cli
