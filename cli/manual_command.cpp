// whittle manual: the manual pages, written when a package is made. Hidden: nobody else needs it.
#include <CLI/CLI.hpp>

#include "cli/command_outline.hpp"
#include "cli/commands.hpp"
#include "cli/manual_pages.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "common/file.hpp"

namespace whittle::cli {

void add_manual(CLI::App& app, const Choose& choose) {
  auto folder = std::make_shared<std::string>();
  auto* command = app.add_subcommand("manual", "Write the manual pages into a folder");
  command->group("");
  command->add_option("DIR", *folder, "The folder, made when there is none")->required();
  command->callback([folder, choose, &app] {
    choose([folder, &app](Session&) {
      make_directories(*folder);
      for (const auto& [name, page] : manual_pages(outline_of(app), version))
        write_page(page, std::filesystem::path(*folder) / name);
    });
  });
}

}  // namespace whittle::cli
