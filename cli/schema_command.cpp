// whittle schema: the JSON Schema of whittle.yaml.
#include <CLI/CLI.hpp>

#include "builder/spec.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace whittle::cli {

void add_schema(CLI::App& app, const Choose& choose) {
  auto* command = app.add_subcommand("schema", "Print the JSON Schema of whittle.yaml");
  command->callback([choose] { choose([](Session& session) { session.print(builder::spec_schema()); }); });
}

}  // namespace whittle::cli
