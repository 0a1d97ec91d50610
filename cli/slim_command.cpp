// whittle slim: a smaller image of one that somebody built, without running it.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>

#include "builder/recording.hpp"
#include "cli/command_metrics.hpp"
#include "cli/commands.hpp"
#include "cli/destinations.hpp"
#include "cli/key_flags.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "cli/slim_flags.hpp"
#include "cli/version.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "evidence/slim_record.hpp"
#include "registry/copy.hpp"
#include "registry/place.hpp"
#include "slimming/report_json.hpp"
#include "slimming/report_text.hpp"
#include "slimming/rules.hpp"
#include "slimming/slim.hpp"

namespace whittle::cli {
namespace {

struct SlimCommandFlags {
  std::string from;
  std::vector<std::string> outputs;
  SlimFlags slim;
  bool no_provenance = false;
  KeyFlags key;  // that signs the image and its provenance
  std::string report;
  std::string metrics;
  bool json = false;
};

evidence::SlimRecord record_of(const slimming::SlimmedResult& result, const SlimCommandFlags& flags,
                               const registry::Place& from) {
  evidence::SlimRecord record{.builder_version = std::string(version)};
  // A folder of this machine is nobody's business (hostile.md, 248).
  if (from.kind == registry::Place::Kind::registry) record.name = from.text();
  record.from = result.before;
  record.from.annotations.clear();
  record.from.platform.reset();
  record.root = result.image->root().descriptor();
  for (const auto& platform : result.platforms) {
    const auto& manifest = platform.after;
    record.platforms.push_back({manifest.media_type, manifest.digest, manifest.size, platform.platform});
  }
  record.options = recorded_options(flags.slim);
  return record;
}

// What is stored with the image.
struct Evidence {
  std::optional<evidence::SlimRecord> record = {};
  std::unique_ptr<evidence::Signer> signer = {};
  evidence::StorageForm form = {};
};

// What was not there before tells where it is from, at all places that keep what refers to an image.
void attach_record(const Evidence& evidence, const registry::Place& place, Session& session) {
  const auto& record = *evidence.record;
  if (!builder::keeps_evidence(place.kind))
    return session.reporter().verbose(fmt::format("{} keeps no provenance", place.text()));
  try {
    attach_at(place, record.root, evidence::provenance_of(record), evidence.signer.get(), evidence.form,
              session);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::limit)
      error.hint("the image itself is there; --no-provenance attaches nothing to it");
    error.context(fmt::format("attaching the provenance of {}", record.root.digest.text()));
    throw;
  }
}

// PLACE@sha256:… of each that is complete; the first failure decides, after they were told.
std::vector<std::string> deliver(registry::ImageSource& image, const registry::Place& from,
                                 const std::vector<registry::Place>& places, const Evidence& evidence,
                                 Session& session) {
  registry::CopyOptions options;
  options.jobs = session.transfers();
  const auto outcomes = write_to_all(image, from, places, options, session);
  std::vector<std::string> lines;
  bool failed = false;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    failed = failed || outcomes[i].failure;
    if (!outcomes[i].result) continue;
    if (evidence.record) attach_record(evidence, places[i], session);
    lines.push_back(fmt::format("{}@{}", places[i].text(), outcomes[i].result->root.digest.text()));
    if (evidence.signer)  // by the digest that was just delivered (hostile 245)
      sign_place(registry::Place::parse(lines.back()), *evidence.signer, evidence.form, false, session);
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

void run_slim(const SlimCommandFlags& flags, Session& session) {
  const auto from = registry::Place::parse(flags.from);
  const auto places = destinations_of(flags.outputs);
  session.check_streams({from}, places);
  auto options = slim_options_of(flags.slim, from, session);
  Evidence evidence;
  if (!flags.key.key.empty()) {
    for (const auto& place : places) check_holds_signatures(place);
    evidence.signer = signer_of(flags.key, session);  // a wrong password is told before the work is done
    evidence.form = form_of(flags.key);
  }
  std::optional<slimming::FileLists> files;
  if (flags.json || !flags.report.empty()) {
    files.emplace(session.cache().temporary());
    options.on_file = [&files](std::size_t platform, const slimming::FileReport& file) {
      files->add(platform, file);
    };
  }
  const auto source = session.access().source(from);
  auto store = registry::Layout::open_or_create(session.cache().store(), AtomicFile::Durability::content);
  Phases phases;
  phases.begin("slim");
  const auto result = slimming::slim(*source, std::move(store), options, session.reporter(), session.stop());
  tell(result, session);
  phases.begin("deliver");
  if (result.changed && !flags.no_provenance) evidence.record = record_of(result, flags, from);
  const auto lines = deliver(*result.image, from, places, evidence, session);
  phases.end();
  if (!flags.metrics.empty()) write_page(metrics_of(phases, from.text(), result), flags.metrics);
  if (!flags.report.empty()) {
    AtomicFile file(std::filesystem::absolute(flags.report).parent_path());
    slimming::write_report(result, flags.from, lines, *files, file);
    file.commit_to(std::filesystem::absolute(flags.report), AtomicFile::Durability::synced);
  }
  if (flags.json) {
    ResultSink results(session);
    return slimming::write_report(result, flags.from, lines, *files, results);
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
  auto flags = std::make_shared<SlimCommandFlags>();
  auto* command = app.add_subcommand("slim", "Make an image smaller that anybody built");
  command->add_option("PLACE", flags->from, "Where the image is")->required();
  command->add_option("-o,--output", flags->outputs, "A place to write the smaller image to; repeatable")
      ->required()
      ->allow_extra_args(false);
  add_slim_flags(*command, flags->slim);
  command->add_flag("--no-provenance", flags->no_provenance,
                    "Attach no record of what the image was made from");
  add_key_flag(*command, flags->key, "--sign", "Sign the image where it was written, with this private key");
  add_signing_flags(*command, flags->key);
  command->add_option("--report", flags->report,
                      "Write what became of each file to this file, as JSON (docs/formats.md)");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--json", flags->json, "The same on stdout, instead of lines");
  command->footer(rules_text());
  command->callback([flags, choose] { choose([flags](Session& session) { run_slim(*flags, session); }); });
}

}  // namespace whittle::cli
