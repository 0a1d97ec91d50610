// whittle slim: a smaller image of one that somebody built, without running it.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>

#include "cli/command_metrics.hpp"
#include "cli/commands.hpp"
#include "cli/destinations.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "registry/copy.hpp"
#include "registry/place.hpp"
#include "slimming/report_json.hpp"
#include "slimming/report_text.hpp"
#include "slimming/rules.hpp"
#include "slimming/slim.hpp"

namespace whittle::cli {
namespace {

using Format = layers::Compression::Format;
using Level = layers::Compression::Level;

const std::map<std::string, Format> formats = {{"gzip", Format::gzip}, {"zstd", Format::zstd}};
const std::map<std::string, Level> levels = {
    {"fast", Level::fast}, {"balanced", Level::balanced}, {"smallest", Level::smallest}};

struct SlimFlags {
  std::string from;
  std::vector<std::string> outputs;
  std::vector<std::string> platforms;
  std::vector<std::string> without;
  std::vector<std::string> keep;
  std::string keep_layers = "auto";
  std::string closure;
  bool recompress = false;
  std::string compression;
  std::string level;
  std::string report;
  std::string metrics;
  bool json = false;
};

slimming::KeepLayers keep_layers_of(const std::string& text) {
  if (text == "auto") return {};
  if (text == "all") return slimming::KeepLayers::all();
  constexpr std::size_t most_digits = 6;
  const bool is_number = !text.empty() && text.size() <= most_digits &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number)
    throw Error(ErrorKind::usage, fmt::format("--keep-layers {} is no number of layers", shown(text)))
        .hint("a number from 0, `all` or `auto`");
  return {std::stoul(text)};
}

// What `--closure` says; "true" is the flag alone.
slimming::SlimOptions::Keep kept_files_of(const std::string& closure) {
  using Keep = slimming::SlimOptions::Keep;
  if (closure.empty() || closure == "false") return Keep::all;
  if (closure == "true") return Keep::closure;
  if (closure == "strict") return Keep::strict_closure;
  throw Error(ErrorKind::usage, fmt::format("--closure={} means nothing", escaped(closure)))
      .hint("`--closure`, or `--closure=strict` for what is surely needed alone");
}

slimming::SlimOptions options_of(const SlimFlags& flags, const registry::Place& from, Session& session) {
  if (flags.recompress && (!flags.without.empty() || !flags.keep.empty() || !flags.closure.empty() ||
                           flags.keep_layers != "auto"))
    throw Error(ErrorKind::usage,
                "--recompress touches no content, so there is nothing to keep or to leave out")
        .hint("leave out --without, --keep, --closure and --keep-layers");
  slimming::SlimOptions options;
  options.without = flags.without;
  options.keep = flags.keep;
  options.files = kept_files_of(flags.closure);
  options.keep_layers = keep_layers_of(flags.keep_layers);
  options.recompress = flags.recompress;
  options.list_files = flags.json || !flags.report.empty();
  if (!flags.compression.empty()) options.format = formats.at(flags.compression);
  if (!flags.level.empty()) options.level = levels.at(flags.level);
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.scratch = session.cache_folder() / "tmp";
  options.is_far = from.kind == registry::Place::Kind::registry;
  options.jobs = session.jobs();
  options.limits = session.limits();
  slimming::enabled_rules(flags.without);  // a wrong name is told before anything is read
  return options;
}

// PLACE@sha256:… of each that is complete; the first failure decides, after they were told.
std::vector<std::string> deliver(registry::ImageSource& image, const registry::Place& from,
                                 const std::vector<registry::Place>& places, Session& session) {
  registry::CopyOptions options;
  options.jobs = session.transfers();
  const auto outcomes = write_to_all(image, from, places, options, session);
  std::vector<std::string> lines;
  bool failed = false;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    failed = failed || outcomes[i].failure;
    if (outcomes[i].result)
      lines.push_back(fmt::format("{}@{}", places[i].text(), outcomes[i].result->root.digest.text()));
  }
  if (failed)
    for (const auto& line : lines) session.print(line + "\n");
  throw_failure("writing", outcomes, places, session);
  return lines;
}

void tell(const slimming::SlimmedResult& result, Session& session) {
  for (const auto& platform : result.platforms) {
    for (const auto& warning : platform.warnings) session.reporter().warn(warning);
    for (const auto& line : slimming::summary_of(platform)) session.reporter().note(line);
  }
  for (const auto& child : result.left_out)
    session.reporter().warn(
        fmt::format("{} is left out: it attests to an image that has other bytes now", child.digest.text()));
}

// Where results go.
class ResultSink final : public ByteSink {
 public:
  explicit ResultSink(Session& session) : session_(session) {}
  void write(Bytes bytes) override { session_.print(as_text(bytes)); }

 private:
  Session& session_;
};

void run_slim(const SlimFlags& flags, Session& session) {
  const auto from = registry::Place::parse(flags.from);
  const auto places = destinations_of(flags.outputs);
  session.check_streams({from}, places);
  const auto options = options_of(flags, from, session);
  const auto source = session.access().source(from);
  auto store = registry::Layout::open_or_create(session.cache().store(), AtomicFile::Durability::content);
  Phases phases;
  phases.begin("slim");
  const auto result = slimming::slim(*source, std::move(store), options, session.reporter(), session.stop());
  tell(result, session);
  phases.begin("deliver");
  const auto lines = deliver(*result.image, from, places, session);
  phases.end();
  if (!flags.metrics.empty()) write_page(metrics_of(phases, from.text(), result), flags.metrics);
  if (!flags.report.empty()) {
    AtomicFile file(std::filesystem::absolute(flags.report).parent_path());
    slimming::write_report(result, flags.from, lines, file);
    file.commit_to(std::filesystem::absolute(flags.report), AtomicFile::Durability::synced);
  }
  if (flags.json) {
    ResultSink results(session);
    return slimming::write_report(result, flags.from, lines, results);
  }
  for (const auto& line : lines) session.print(line + "\n");
}

std::string rules_text() {
  std::string text = "Rules for --without:\n";
  for (const auto& rule : slimming::rules()) text += fmt::format("  {:<15} {}\n", rule.name, rule.what);
  return text;
}

}  // namespace

void add_slim(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<SlimFlags>();
  auto* command = app.add_subcommand("slim", "Make an image smaller that anybody built");
  command->add_option("PLACE", flags->from, "Where the image is")->required();
  command->add_option("-o,--output", flags->outputs, "A place to write the smaller image to; repeatable")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--platform", flags->platforms, "Only this platform of an index; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--without", flags->without, "A rule that does not apply; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--keep", flags->keep, "A pattern of paths that stay whatever rules say; repeatable")
      ->allow_extra_args(false);
  command->add_flag(
      "--closure", flags->closure,
      "Keep only what the image needs to start and to do its work; =strict: what it surely needs");
  command->add_option("--keep-layers", flags->keep_layers,
                      "How many of the lowest layers stay layers of their own: a number, all, or auto: those "
                      "below the first in which something changes");
  command->add_flag("--recompress", flags->recompress,
                    "Touch no content: the same layers, compressed anew where that is smaller");
  command
      ->add_option("--compression", flags->compression,
                   "Of new layers: gzip or zstd (default: zstd if all layers are, else gzip)")
      ->check(CLI::IsMember({"gzip", "zstd"}));
  command
      ->add_option("--level", flags->level,
                   "Of compression: fast, balanced or smallest (default: smallest for layers up to 32 MiB, "
                   "else balanced)")
      ->check(CLI::IsMember({"fast", "balanced", "smallest"}));
  command->add_option("--report", flags->report,
                      "Write what became of each file to this file, as JSON (docs/formats.md)");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--json", flags->json, "The same on stdout, instead of lines");
  command->footer(rules_text());
  command->callback([flags, choose] { choose([flags](Session& session) { run_slim(*flags, session); }); });
}

}  // namespace whittle::cli
