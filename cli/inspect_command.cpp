// whittle inspect: what an image consists of and what each part costs.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "attribution/change_text.hpp"
#include "attribution/report_json.hpp"
#include "attribution/report_page.hpp"
#include "attribution/report_text.hpp"
#include "cli/advice_flags.hpp"
#include "cli/commands.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "optimizer/inspect.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct InspectFlags {
  std::vector<std::string> named;  // the place; with --advise images
  std::string place;
  AdviceFlags advice;
  std::string platform;
  std::string html;
  std::string against;
  std::string by = "module";
  std::size_t top = 10;
  bool json = false;
};

using By = attribution::TextStyle::By;
const std::map<std::string, By> ways = {
    {"layer", By::layer}, {"section", By::section}, {"module", By::module}, {"package", By::package}};

void add_field(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += fmt::format("  {:<12} {}\n", name, escaped(value, false, 1000));
}

std::string joined(const std::optional<std::vector<std::string>>& words) {
  return words ? fmt::format("{}", fmt::join(*words, " ")) : std::string();
}

std::string text_of(const optimizer::InspectedPlatform& platform, const attribution::TextStyle& style) {
  const auto& execution = platform.config.execution;
  std::string text =
      fmt::format("\n{}  {}\n", platform.config.platform.text(), platform.manifest.digest.text());
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
  return text +
         fmt::format("  {:>12} {:>12}  in all\n", human_size(platform.compressed_size),
                     human_size(platform.uncompressed_size)) +
         attribution::text_of(platform.tree, platform.waste, style);
}

optimizer::Inspection inspected(const registry::Place& place, const InspectFlags& flags, Session& session) {
  const auto source = session.access().source(place);
  optimizer::InspectOptions options;
  if (!flags.platform.empty()) options.platform = layers::Platform::parse(flags.platform);
  options.scratch = session.cache_folder() / "tmp";
  // What no form of the answer shows need not be found out.
  if (flags.by == "layer" && !flags.json && flags.html.empty()) options.detail = attribution::Detail::files;
  options.jobs = session.jobs();
  options.limits = session.limits();
  options.stop = session.stop();
  return optimizer::inspect(*source, options);
}

// The image to compare with: of the same platform, or the only one there is.
const optimizer::InspectedPlatform& counterpart(const optimizer::Inspection& other,
                                                const optimizer::InspectedPlatform& platform) {
  for (const auto& candidate : other.platforms)
    if (candidate.config.platform.text() == platform.config.platform.text()) return candidate;
  if (other.platforms.size() == 1) return other.platforms.front();
  throw Error(ErrorKind::not_found,
              fmt::format("the image to compare with is not there for {}", platform.config.platform.text()));
}

void write_page_of(const InspectFlags& flags, const optimizer::Inspection& inspection,
                   const std::optional<optimizer::Inspection>& other) {
  if (inspection.platforms.empty()) throw Error(ErrorKind::not_found, "there is no image to make a page of");
  attribution::Page page{flags.place, {}};
  if (other) page.against = flags.against;
  for (const auto& platform : inspection.platforms)
    page.platforms.push_back({platform.config.platform.text(), platform.tree,
                              other ? &counterpart(*other, platform).tree : nullptr});
  write_page(attribution::page_of(page), flags.html);
}

Json json_of(const InspectFlags& flags, const optimizer::Inspection& inspection,
             const std::optional<optimizer::Inspection>& other) {
  auto json = optimizer::to_json(inspection, flags.place);
  if (!other) return json;
  json["against"] = {{"place", as_utf8(flags.against)}, {"digest", other->root.digest.text()}};
  for (std::size_t i = 0; i < inspection.platforms.size(); ++i) {
    const auto& platform = inspection.platforms[i];
    json["platforms"][i]["changes"] =
        attribution::to_json(attribution::compare_trees(platform.tree, counterpart(*other, platform).tree));
  }
  return json;
}

void run_inspect(const InspectFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  std::vector<registry::Place> places = {place};
  if (!flags.against.empty()) places.push_back(registry::Place::parse(flags.against));
  session.check_streams(places, {});
  const auto inspection = inspected(place, flags, session);
  std::optional<optimizer::Inspection> other;
  if (places.size() > 1) other = inspected(places[1], flags, session);
  if (!flags.html.empty()) write_page_of(flags, inspection, other);
  for (const auto& warning : inspection.warnings) session.reporter().warn(warning);
  if (flags.json) {
    session.print(canonical(json_of(flags, inspection, other)) + "\n");
    return;
  }
  std::string text = fmt::format("{}\n{}  {}\n", escaped(flags.place, false, 1000),
                                 inspection.root.digest.text(), inspection.root.media_type);
  const attribution::TextStyle style{ways.at(flags.by), flags.top, session.color_results(),
                                     session.unicode_results()};
  for (const auto& platform : inspection.platforms) {
    text += text_of(platform, style);
    if (other)
      text += attribution::text_of_changes(
          attribution::compare_trees(platform.tree, counterpart(*other, platform).tree), flags.against,
          style);
  }
  for (const auto& child : inspection.others)
    text += fmt::format("\nnot an image: {}  {}  {}\n", child.digest.text(), escaped(child.media_type),
                        human_size(child.size));
  session.print(text);
}

void run_advice(const InspectFlags& flags, Session& session) {
  if (!flags.html.empty() || !flags.against.empty())
    throw Error(ErrorKind::usage, "--html and --against show an image, and --advise builds some")
        .hint("leave them out");
  run_advise(flags.advice, {{flags.named, flags.advice.file}, flags.platform, flags.json}, session);
}

void run(InspectFlags& flags, Session& session) {
  if (flags.advice.advise) return run_advice(flags, session);
  if (flags.named.empty())
    throw Error(ErrorKind::usage, "PLACE is required")
        .hint("`whittle inspect --help` shows how the command is used");
  if (flags.named.size() > 1)
    throw Error(ErrorKind::usage, fmt::format("unknown argument {}", shown(flags.named[1])));
  flags.place = flags.named.front();
  run_inspect(flags, session);
}

}  // namespace

void add_inspect(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<InspectFlags>();
  auto* command = app.add_subcommand("inspect", "Show what an image consists of");
  command->add_option("PLACE|IMAGE", flags->named,
                      "Where the image is; with --advise, images of the spec or packages");
  command->add_option("--platform", flags->platform, "This platform alone");
  command->add_option("--html", flags->html, "Write a page to this file as well");
  command->add_option("--against", flags->against, "Another image: say what grew and what shrank");
  command
      ->add_option("--by", flags->by,
                   "What Go programs are shown by: layer (not at all), section, module, package")
      ->check(CLI::IsMember({"layer", "section", "module", "package"}));
  command->add_option("--top", flags->top, "Rows of each list");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  add_advice_flags(*command, flags->advice);
  command->callback([flags, choose] { choose([flags](Session& session) { run(*flags, session); }); });
}

}  // namespace whittle::cli
