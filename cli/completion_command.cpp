// whittle completion: a completion script for a shell, made from the command line as it is declared.
#include <CLI/CLI.hpp>

#include "cli/command_outline.hpp"
#include "cli/commands.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/session.hpp"

namespace whittle::cli {
namespace {

std::string completion_for(const std::string& shell, const CommandOutline& whittle) {
  if (shell == "bash") return bash_completion(whittle);
  return shell == "zsh" ? zsh_completion(whittle) : fish_completion(whittle);
}

}  // namespace

void add_completion(CLI::App& app, const Choose& choose) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, choose, &app] {
    choose([shell, &app](Session& session) { session.print(completion_for(*shell, outline_of(app))); });
  });
}

}  // namespace whittle::cli
