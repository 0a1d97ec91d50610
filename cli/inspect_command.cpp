// whittle inspect: what an image consists of and what each layer costs.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/text.hpp"
#include "optimizer/inspect.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct InspectFlags {
  std::string place;
  bool json = false;
};

void add_field(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += fmt::format("  {:<12} {}\n", name, escaped(value, false, 1000));
}

std::string joined(const std::optional<std::vector<std::string>>& words) {
  return words ? fmt::format("{}", fmt::join(*words, " ")) : std::string();
}

std::string text_of(const optimizer::InspectedPlatform& platform) {
  const auto& execution = platform.config.execution;
  std::string text = fmt::format("\n{}  {}\n", platform.config.platform.text(), platform.manifest.digest.text());
  add_field(text, "entrypoint", joined(execution.entrypoint));
  add_field(text, "args", joined(execution.cmd));
  add_field(text, "user", execution.user);
  add_field(text, "working dir", execution.working_dir);
  add_field(text, "ports", fmt::format("{}", fmt::join(execution.exposed_ports, " ")));
  for (const auto& variable : execution.env) add_field(text, "env", variable);
  for (const auto& [name, value] : execution.labels) add_field(text, "label", name + "=" + value);
  for (const auto& [name, value] : platform.annotations) add_field(text, "annotation", name + "=" + value);
  add_field(text, "created", platform.config.created);
  text += fmt::format("  {:>12} {:>12}  layer\n", "compressed", "unpacked");
  for (const auto& layer : platform.layers)
    text += fmt::format("  {:>12} {:>12}  {}  {}\n", human_size(layer.descriptor.size),
                        layer.uncompressed_size ? human_size(*layer.uncompressed_size) : "?",
                        layer.descriptor.digest.text(), escaped(layer.created_by, false, 80));
  return text + fmt::format("  {:>12} {:>12}  in all\n", human_size(platform.compressed_size),
                            human_size(platform.uncompressed_size));
}

void run_inspect(const InspectFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  session.check_streams({place}, {});
  const auto source = session.access().source(place);
  const auto inspection = optimizer::inspect(*source, session.jobs(), session.stop(), session.limits());
  for (const auto& warning : inspection.warnings) session.reporter().warn(warning);
  if (flags.json) {
    session.print(canonical(optimizer::to_json(inspection, flags.place)) + "\n");
    return;
  }
  std::string text = fmt::format("{}\n{}  {}\n", escaped(flags.place, false, 1000), inspection.root.digest.text(),
                                 inspection.root.media_type);
  for (const auto& platform : inspection.platforms) text += text_of(platform);
  for (const auto& other : inspection.others)
    text += fmt::format("\nnot an image: {}  {}  {}\n", other.digest.text(), escaped(other.media_type), human_size(other.size));
  session.print(text);
}

}  // namespace

void add_inspect(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<InspectFlags>();
  auto* command = app.add_subcommand("inspect", "Show what an image consists of");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_inspect(*flags, session); }); });
}

}  // namespace whittle::cli
