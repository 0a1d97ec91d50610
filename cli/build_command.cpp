// whittle build: images of a spec, or a Go package without one.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cli/affected_images.hpp"
#include "cli/build_flags.hpp"
#include "cli/command_metrics.hpp"
#include "cli/commands.hpp"
#include "cli/page_file.hpp"
#include "cli/step_summary.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

Json to_json(const builder::BuildResult& result) {
  Json places = Json::array();
  for (const auto& place : result.places) places.push_back(as_utf8(place));
  Json platforms = Json::array();
  for (const auto& built : result.platforms) {
    Json own = Json::array();
    for (const auto& layer : built.image.layers)
      own.push_back({{"what", layer.what},
                     {"digest", layer.layer.descriptor.digest.text()},
                     {"diffID", layer.layer.diff_id.text()},
                     {"size", layer.layer.descriptor.size},
                     {"uncompressedSize", layer.layer.uncompressed_size},
                     {"written", layer.written}});
    platforms.push_back({{"platform", built.platform.text()},
                         {"manifest", built.image.manifest.digest.text()},
                         {"size", built.image.size},
                         {"layers", own}});
  }
  Json attached = Json::array();
  for (const auto& one : result.attached)
    attached.push_back(
        {{"what", one.what}, {"subject", one.subject.text()}, {"manifest", one.manifest.text()}});
  return {{"name", result.image},
          {"digest", result.root.digest.text()},
          {"mediaType", result.root.media_type},
          {"platforms", platforms},
          {"places", places},
          {"attached", attached},
          {"compiled", result.compiled},
          {"shared", result.shared}};
}

std::string_view how_made(const builder::BuildResult& result) {
  if (result.compiled) return "compiled";
  return result.shared ? "taken from the shared cache" : "nothing changed";
}

// Reports of shards are signed as records are.
std::unique_ptr<evidence::Signer> shard_signer(const BuildFlags& flags, Session& session) {
  const bool takes_part = !flags.shards.shard.empty() || !flags.shards.join.empty();
  if (!takes_part || flags.key.key.empty()) return nullptr;
  return signer_of(flags.key, session);
}

// Nothing for a build that is no part of one.
std::optional<builder::SharedCacheOptions> shard_cache(const BuildFlags& flags, const builder::Spec& spec,
                                                       evidence::Signer* signer, Session& session) {
  if (flags.shards.shard.empty() && flags.shards.join.empty()) return std::nullopt;
  return shared_cache_of(flags.cache, spec, signer, session);
}

void tell(const builder::BuildResult& result, Session& session) {
  std::uint64_t size = 0;
  for (const auto& platform : result.platforms) size += platform.image.size;
  session.reporter().note(
      fmt::format("{}: {}, {}{}", result.image, human_size(size), how_made(result),
                  result.platforms.size() > 1 ? fmt::format(", {} platforms", result.platforms.size()) : ""));
}

Json to_json(const Fleet::Joined& joined) {
  Json images = Json::array();
  for (const auto& image : joined.images) {
    Json places = Json::array();
    for (const auto& place : image.places) places.push_back(as_utf8(place));
    images.push_back({{"name", as_utf8(image.name)},
                      {"digest", image.root.digest.text()},
                      {"mediaType", image.root.media_type},
                      {"places", places}});
  }
  return {{"images", images}, {"unaffected", joined.unaffected}, {"index", as_utf8(joined.index)}};
}

// The images that this machine makes: its shard's, and of those the ones that changed.
struct Part {
  builder::Spec spec;
  std::vector<std::string> unaffected = {};
};
Part part_of(const builder::Spec& spec, Fleet& fleet, const BuildFlags& flags, Session& session) {
  Part part{spec};
  if (!flags.shards.shard.empty()) keep_only(part.spec, fleet.part());
  if (!flags.affected.empty() && !part.spec.images.empty())
    part.unaffected = leave_out_unaffected(part.spec, flags, session);
  return part;
}

// To the file that was named, else to the one that GitHub shows beside the run. What became of the sizes is
// in the report, where one was asked for.
void summarize(const std::vector<builder::BuildResult>& results, const BuildFlags& flags,
               const Session& session) {
  const auto shown_by_github = session.host().variable("GITHUB_STEP_SUMMARY");
  if (flags.summary.empty() && !shown_by_github) return;
  constexpr std::size_t largest_report = 1U << 20U;  // what GitHub takes of a step
  const auto summary =
      step_summary(results, flags.report.empty() ? std::string() : read_file(flags.report, largest_report));
  if (flags.summary.empty())
    append_summary(summary, *shown_by_github);
  else
    write_page(summary, flags.summary);
}

void run_build(BuildFlags flags, Session& session) {
  const auto spec = spec_of(flags.images, session.host().working_directory, session.limits());
  if (flags.plan) return print_plan(spec, flags, session);
  const auto signer = shard_signer(flags, session);
  Fleet fleet(flags.shards, spec, shard_cache(flags, spec, signer.get(), session), session);
  flags.some_of_many = spec.images.size() > 1;
  Phases phases;
  std::vector<builder::BuildResult> results;
  Part part{spec};
  if (!flags.shards.only_joins()) {
    part = part_of(spec, fleet, flags, session);
    if (!part.spec.images.empty()) results = build_as_told(part.spec, flags, phases, session);
  }
  Json images = Json::array();
  std::string lines;
  for (const auto& result : results) {
    for (const auto& place : result.places) lines += place + "\n";
    tell(result, session);
    images.push_back(to_json(result));
  }
  fleet.report(results, part.unaffected);
  Json record = {{"schemaVersion", 1}, {"images", images}, {"unaffected", part.unaffected}};
  if (const auto joined = fleet.join()) {
    record["joined"] = to_json(*joined);
    lines.clear();
    for (const auto& image : joined->images)
      for (const auto& place : image.places) lines += escaped(place) + "\n";
    if (!joined->index.empty()) lines += joined->index + "\n";
  }
  if (!flags.result.empty())
    write_file(flags.result, canonical(record) + "\n", AtomicFile::Durability::synced);
  if (!flags.metrics.empty()) write_page(metrics_of(phases, results), flags.metrics);
  summarize(results, flags, session);
  session.print(lines);
}

}  // namespace

void add_build(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<BuildFlags>();
  auto* command = app.add_subcommand("build", "Build the images of whittle.yaml, or a Go package");
  add_wanted_images(*command, flags->images);
  command
      ->add_option("-o,--output", flags->outputs,
                   "A place to write to: a registry reference, oci:DIR[:TAG], oci-archive:FILE[:TAG], "
                   "docker-archive:FILE[:REF], "
                   "docker-daemon:REF, local:NAME; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--push", flags->push, "Push to the `push:` of each image, or to WHITTLE_PUSH/NAME");
  add_build_settings(*command, *flags);
  command->add_flag("--affected{true}", flags->affected,
                    "Build only images that changed since they were recorded here or in the shared cache, or "
                    "since a commit: --affected=REVISION");
  command->add_flag("--plan", flags->plan, "Print as JSON what --affected would build, and build nothing");
  add_shard_flags(*command, flags->shards);
  command->add_option("--result", flags->result, "Write a JSON record of the build to this file");
  command->add_option("--report", flags->report,
                      "Write what became of the size, as Markdown for a pull request, to this file");
  command->add_option("--summary", flags->summary,
                      "Write what was built, as Markdown, to this file instead of GITHUB_STEP_SUMMARY's");
  command->add_option("--against", flags->against,
                      "The image to compare sizes with, instead of where the image was last pushed");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--smoke", flags->smoke,
                    "Run images as their `smoke` says, and deliver none unless all pass");
  command->callback([flags, choose] { choose([flags](Session& session) { run_build(*flags, session); }); });
}

}  // namespace whittle::cli
