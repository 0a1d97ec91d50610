// whittle tune: the smallest memory limit that an image holds under load, with the settings for it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "binaries/elf.hpp"
#include "builder/memory_spec.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run_flags.hpp"
#include "cli/run_image.hpp"
#include "cli/session.hpp"
#include "cli/spec_edits.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/go_programs.hpp"
#include "running/memory_size.hpp"
#include "running/tune.hpp"
#include "running/tune_emission.hpp"
#include "running/tune_json.hpp"
#include "running/tune_notes.hpp"
#include "running/tune_text.hpp"

namespace whittle::cli {
namespace {

using running::Emission;

const std::map<std::string, Emission> emissions = {{"kubernetes", Emission::kubernetes},
                                                   {"compose", Emission::compose},
                                                   {"docker", Emission::docker},
                                                   {"prometheus", Emission::prometheus},
                                                   {"grafana", Emission::grafana}};

struct TuneFlags {
  RunFlags run;
  std::string memory;
  std::string target;
  double collector = 25;  // percent
  double margin = 10;     // percent
  std::string emission;
  std::string service;
  bool apply = false;
  std::string file;   // of the spec
  std::string image;  // of the spec
  bool json = false;
};

running::TuneOptions options_of(const TuneFlags& flags) {
  running::TuneOptions options;
  options.usual_target = flags.target.empty();
  if (!flags.target.empty() && flags.target != "none")
    options.goals.target = running::LatencyTarget::parse(flags.target);
  options.goals.collector_share = flags.collector / 100;
  options.margin = flags.margin / 100;
  if (!flags.memory.empty()) options.most_memory = running::parse_memory(flags.memory, "--memory");
  return options;
}

// The image of the spec that a result is written to. Error(usage) before anything is run.
struct SpecImage {
  builder::Spec spec;
  std::string name;
};
std::optional<SpecImage> spec_image(const TuneFlags& flags, Session& session) {
  if (!flags.apply) return std::nullopt;
  const auto names = flags.image.empty() ? std::vector<std::string>() : std::vector{flags.image};
  auto spec = spec_of({names, flags.file}, session.host().working_directory, session.limits());
  if (spec.file.empty())
    throw Error(ErrorKind::usage, "--apply writes to a spec, and there is none here")
        .hint("write one: `whittle init`");
  if (spec.images.size() != 1)
    throw Error(ErrorKind::usage,
                fmt::format("the spec has {} images, and one was measured", spec.images.size()))
        .hint("say which of them it is: --image NAME");
  auto name = spec.images.front().name;
  return SpecImage{std::move(spec), std::move(name)};
}

// The program that the image starts, as far as it is one of Go's; an image with just one is started by that.
std::optional<running::TunedProgram> program_of(const RunImage& image, Session& session) {
  const TemporaryFolder folder(session.cache().temporary());
  const auto found = optimizer::read_programs(*image.source, image.source->root(), image.config.platform,
                                              folder.path(), session.limits(), session.stop());
  const auto& execution = image.config.execution;
  const auto& command =
      execution.entrypoint && !execution.entrypoint->empty() ? execution.entrypoint : execution.cmd;
  auto path = command && !command->empty() ? command->front() : std::string();
  path.erase(0, path.find_first_not_of('/'));
  auto program = std::find_if(found.programs.begin(), found.programs.end(),
                              [&](const auto& one) { return one.path == path; });
  if (program == found.programs.end() && found.programs.size() == 1) program = found.programs.begin();
  if (program == found.programs.end()) return std::nullopt;
  const binaries::FileAccess file(program->file);
  return running::TunedProgram{program->path, program->info,
                               binaries::self_tuning_of(file, binaries::read_elf(file), program->info)};
}

// The last path component of where it is, which is what most containers are named for.
std::string service_of(const TuneFlags& flags, const registry::Place& place) {
  if (!flags.service.empty()) return flags.service;
  auto name = place.reference        ? place.reference->repository
              : !place.name.empty()  ? place.name
              : place.folder.empty() ? place.file.stem().native()
              : !place.tag.empty()   ? place.tag
                                     : place.folder.filename().native();
  return name.substr(name.rfind('/') + 1);
}

running::Trial make_trial(const RunImage& image, const running::SmokeOptions& base,
                          const running::TuneGoals& goals, const running::MemorySetting& setting,
                          std::size_t number, Session& session) {
  auto smoke = base;
  smoke.memory = setting.limit;
  for (auto& variable : setting.env()) smoke.env.push_back(std::move(variable));
  const auto task = session.reporter().start(fmt::format("run {}: {}", number, setting.text()), 0);
  SilentReporter silent;
  const auto result = running::smoke(*image.source, image.manifest, image.config, smoke, silent);
  if (number == 1) tell_of(result.root, session);
  if (!result.limited)
    throw Error(ErrorKind::unsupported, fmt::format("no limit can be set here: {}", result.why_not_limited))
        .hint(
            "run it as root, or where systemd hands you control groups: systemd-run --user --scope -p "
            "Delegate=yes");
  auto trial = running::trial_of(setting, result, goals);
  task->done(running::outcome_text(trial));
  return trial;
}

std::string yaml_size(std::uint64_t bytes) {
  return builder::go_size(bytes);  // the units are the same
}

// What the spec says of GOMEMLIMIT itself stays where it is said.
std::vector<optimizer::SpecEdit> edits_of(const running::MemorySetting& setting,
                                          const builder::ImageSpec& image) {
  const auto limit = yaml_size(*setting.limit);
  const auto has = [&](std::string_view name) {
    return std::any_of(image.env.begin(), image.env.end(),
                       [&](const auto& one) { return one.first == name; });
  };
  optimizer::SpecEdit memory{.image = image.name, .key = "memory", .value = limit};
  const auto share = setting.soft_limit ? (*setting.soft_limit * 100 + *setting.limit - 1) / *setting.limit
                                        : builder::MemorySpec::usual_share;
  const bool usual =
      !setting.soft_limit ||
      builder::soft_limit(*setting.limit, builder::MemorySpec::usual_share) == *setting.soft_limit;
  if (!usual) memory.value = fmt::format("{{limit: {}, share: {}%}}", limit, share);
  memory.inner_key = "limit";
  memory.inner_value = limit;
  std::vector<optimizer::SpecEdit> edits{memory};
  if (image.memory && image.memory->is_mapping)
    edits.push_back({.image = image.name,
                     .key = "memory",
                     .value = memory.value,
                     .inner_key = "share",
                     .inner_value = fmt::format("{}%", usual ? builder::MemorySpec::usual_share : share)});
  const auto set = [&](const std::string& name, const std::string& value) {
    edits.push_back({.image = image.name,
                     .key = "env",
                     .value = fmt::format("{{{}: \"{}\"}}", name, value),
                     .inner_key = name,
                     .inner_value = fmt::format("\"{}\"", value)});
  };
  if (has("GOMEMLIMIT") && setting.soft_limit) set("GOMEMLIMIT", builder::go_size(*setting.soft_limit));
  if (!setting.gogc.empty()) set("GOGC", setting.gogc);
  return edits;
}

void print_report(const TuneFlags& flags, const RunImage& image, const running::TuneResult& result,
                  const running::TuneOptions& options, const std::vector<std::string>& notes,
                  Session& session) {
  if (flags.json) {
    auto json = running::to_json(result, options, notes);
    json["image"] = {{"place", as_utf8(image.place.text())},
                     {"digest", image.descriptor.digest.text()},
                     {"platform", image.config.platform.text()}};
    return session.print(canonical(json) + "\n");
  }
  const auto text =
      fmt::format("{}@{}  {}\n{}", escaped(image.place.text(), false, 1000), image.descriptor.digest.text(),
                  image.config.platform.text(), running::text_of(result, notes));
  if (flags.emission.empty()) return session.print(text);
  session.reporter().note(text);
  if (result.recommended)
    session.print(running::emit(emissions.at(flags.emission), result.trials[*result.recommended].setting,
                                service_of(flags, image.place), image.place.text()));
}

int exit_code_of_result(const running::TuneResult& result) {
  if (result.recommended) return 0;
  const bool even_without = result.trials.size() == 1;
  return exit_code_of(even_without ? ErrorKind::policy : ErrorKind::budget, 0);
}

void run_tune(const TuneFlags& flags, Session& session) {
  auto options = options_of(flags);
  if (flags.run.load.empty())
    throw Error(ErrorKind::usage, "without load nothing can be measured")
        .hint("say what it is asked for: --load URL");
  const auto smoke = run_options(flags.run, std::chrono::milliseconds(0), session);
  const auto written = spec_image(flags, session);
  const auto image = read_run_image(flags.run.place, flags.run.platform, session);
  const auto program = program_of(image, session);
  auto env = image.config.execution.env;
  env.insert(env.begin(), flags.run.env.begin(), flags.run.env.end());
  const auto notes = program ? running::notes_of(*program, env, smoke.cpus)
                             : std::vector<std::string>{
                                   "what the image starts is no program of Go's: only the limit is searched"};
  options.knows_soft_limit = program && program->knows_soft_limit();
  options.knows_gogc = program && program->knows_gogc();
  const auto make = [&](const running::MemorySetting& setting, std::size_t number,
                        const running::TuneGoals& goals) {
    return make_trial(image, smoke, goals, setting, number, session);
  };
  const auto result = running::tune(options, make);
  print_report(flags, image, result, options, notes, session);
  if (written && result.recommended)
    write_edits(written->spec,
                edits_of(result.trials[*result.recommended].setting, written->spec.images.front()), session);
  session.finish_with(exit_code_of_result(result));
}

}  // namespace

void add_tune(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<TuneFlags>();
  auto* command = app.add_subcommand(
      "tune", "Find the smallest memory limit that an image holds under load, and its settings");
  add_run_flags(*command, flags->run);
  command->add_option("--memory", flags->memory, "The most it may be given, for example 256MiB");
  command->add_option("--target", flags->target,
                      "What has to be answered in which time in each stage, for example p99=50ms; or none "
                      "(default: p99 in three times what it takes without a limit, at least 100ms)");
  command
      ->add_option("--collector", flags->collector,
                   "Percent of the CPU time that Go's collector may take in any stage")
      ->check(CLI::Range(1.0, 50.0));
  command->add_option("--margin", flags->margin, "Percent that are added to the smallest limit that held")
      ->check(CLI::Range(0.0, 1000.0));
  auto* emission = command
                       ->add_option("--emit", flags->emission,
                                    "Print it as kubernetes, compose, docker, prometheus or grafana has it; "
                                    "the report goes to stderr")
                       ->check(CLI::IsMember({"kubernetes", "compose", "docker", "prometheus", "grafana"}));
  command
      ->add_option("--service", flags->service,
                   "The container's name in what is printed (default: the image's)")
      ->needs(emission);
  auto* apply = command->add_flag("--apply", flags->apply, "Write `memory:` and `env:` to the spec");
  command->add_option("-f,--file", flags->file, "The spec (default: whittle.yaml here)")->needs(apply);
  command->add_option("--image", flags->image, "Which image of the spec it is")->needs(apply);
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)")->excludes(emission);
  command->callback([flags, choose] { choose([flags](Session& session) { run_tune(*flags, session); }); });
}

}  // namespace whittle::cli
