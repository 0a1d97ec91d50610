// whittle copy: move an image between places, skipping what is there.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/command_metrics.hpp"
#include "cli/commands.hpp"
#include "cli/destinations.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/copy.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct CopyFlags {
  std::string from;
  std::vector<std::string> to;
  std::vector<std::string> platforms;
  bool all = false;
  bool foreign = false;
  std::string metrics;
};

void report(const registry::CopyResult& result, const registry::Place& to, Session& session) {
  auto line = fmt::format("{} sent in {} blobs, {} mounted, {} were there", human_size(result.bytes_sent),
                          result.blobs_sent, result.blobs_mounted, result.blobs_present);
  if (result.attachments > 0)
    line += fmt::format("; with {} manifests that belong to it", result.attachments);
  session.reporter().note(line);
  session.print(fmt::format("{}@{}\n", to.text(), result.root.digest.text()));
}

void run_copy(const CopyFlags& flags, Session& session) {
  const auto from = registry::Place::parse(flags.from);
  const auto places = destinations_of(flags.to);
  session.check_streams({from}, places);
  registry::CopyOptions options;
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.jobs = session.transfers();
  options.attachments = flags.all;
  if (flags.foreign)
    options.foreign = [&session](const layers::Descriptor& layer) {
      return session.access().open_foreign(layer);
    };
  const auto source = session.access().source(from);
  Phases phases;
  phases.begin("copy");
  const auto outcomes = write_to_all(*source, from, places, options, session);
  phases.end();
  if (!flags.metrics.empty()) {
    std::vector<std::string> names;
    for (const auto& place : places) names.push_back(place.text());
    write_page(metrics_of(phases, names, outcomes), flags.metrics);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].result) report(*outcomes[i].result, places[i], session);
  if (places.size() == 1 && outcomes.front().failure) std::rethrow_exception(outcomes.front().failure);
  throw_failure("copying to", outcomes, places, session);
}

}  // namespace

void add_copy(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<CopyFlags>();
  auto* command = app.add_subcommand("copy", "Copy an image between places");
  command->add_option("FROM", flags->from, "Where the image is")->required();
  command->add_option("TO", flags->to, "Where it goes; with several, each blob is read once")->required();
  command->add_option("--platform", flags->platforms, "Only this platform of an index; repeatable")
      ->delimiter(',');
  command->add_flag("--all", flags->all,
                    "With what refers to the image and its manifests, such as signatures and SBOMs");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--foreign", flags->foreign,
                    "With layers that are not distributable, fetched from the URLs that the image names");
  command->callback([flags, choose] { choose([flags](Session& session) { run_copy(*flags, session); }); });
}

}  // namespace whittle::cli
