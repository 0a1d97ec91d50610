// whittle smoke: an image, run under a memory limit and load, and what it needed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/page_file.hpp"
#include "cli/run_image.hpp"
#include "cli/session.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "running/memory_size.hpp"
#include "running/smoke.hpp"
#include "running/smoke_json.hpp"
#include "running/smoke_metrics.hpp"
#include "running/smoke_page.hpp"
#include "running/smoke_text.hpp"

namespace whittle::cli {
namespace {

struct SmokeFlags {
  std::string place;
  std::string platform;
  std::string memory;
  double cpus = 0;
  std::string ready;
  std::string ready_timeout = "30s";
  std::string load;
  std::string stages;
  std::string pprof;
  std::string duration;
  std::string grace = "10s";
  std::string runtime;
  std::vector<std::string> env;
  std::uint64_t processes = 512;
  std::string scratch = "64MiB";
  std::size_t connections = 128;
  std::string html;
  std::string metrics;
  bool json = false;
};

void add_load_options(const SmokeFlags& flags, Session& session, running::SmokeOptions& options) {
  if (flags.load.empty() && !flags.stages.empty())
    throw Error(ErrorKind::usage, "--stages says how often, and --load is needed to say what");
  const auto given = flags.duration.empty() ? std::chrono::milliseconds(0)
                                            : running::parse_duration(flags.duration, "time for --for");
  options.duration = given;
  if (flags.load.empty()) {
    if (flags.duration.empty()) options.duration = std::chrono::seconds(10);
    return;
  }
  options.load = running::read_load(flags.load, session.host().working_directory);
  if (!flags.stages.empty()) options.load->stages = running::parse_stages(flags.stages);
  else options.load->stages = {{50, given.count() > 0 ? given : std::chrono::seconds(10)}};
}

void check_variables(const std::vector<std::string>& env) {
  for (const auto& one : env)
    if (one.find('=') == std::string::npos || one.starts_with('='))
      throw Error(ErrorKind::usage, fmt::format("--env {} is not of the form NAME=VALUE", shown(one)));
}

running::SmokeOptions options_of(const SmokeFlags& flags, Session& session) {
  running::SmokeOptions options;
  if (!flags.memory.empty()) options.memory = running::parse_memory(flags.memory, "--memory");
  if (flags.cpus > 0) options.cpus = flags.cpus;
  options.processes = flags.processes;
  options.scratch = running::parse_memory(flags.scratch, "--disk");
  check_variables(flags.env);
  options.env = flags.env;
  if (!flags.ready.empty()) options.ready = running::LocalUrl::parse(flags.ready);
  options.ready_timeout = running::parse_duration(flags.ready_timeout, "time for --ready-timeout");
  options.grace = running::parse_duration(flags.grace, "time for --grace");
  add_load_options(flags, session, options);
  if (!flags.pprof.empty()) options.pprof = running::heap_profile_url(running::LocalUrl::parse(flags.pprof));
  options.connections = flags.connections;
  options.machine = host_platform();
  options.runtime = flags.runtime;
  options.find = [&session](std::string_view name) { return session.host().find_program(name); };
  options.folder = session.cache_folder() / "smoke";
  options.limits = session.limits();
  options.stop = session.stop();
  return options;
}

// A run that failed for its memory has broken a budget; every other failure is a refusal.
int exit_code_of_result(const running::SmokeResult& result) {
  if (result.problems.empty()) return 0;
  for (const auto& problem : result.problems)
    if (problem.kind == running::Problem::Kind::oom_killed) return exit_code_of(ErrorKind::budget, 0);
  return exit_code_of(ErrorKind::policy, 0);
}

void run_smoke(const SmokeFlags& flags, Session& session) {
  const auto options = options_of(flags, session);
  const auto image = read_run_image(flags.place, flags.platform, session);
  const auto result = running::smoke(*image.source, image.manifest, image.config, options, session.reporter());
  tell_of(result.root, session);
  if (!result.limited)
    session.reporter().warn(fmt::format("nothing was limited: {}", result.why_not_limited));
  auto json = running::to_json(result);
  json["image"] = {{"place", as_utf8(image.place.text())}, {"digest", image.descriptor.digest.text()},
                   {"platform", image.config.platform.text()}};
  if (!flags.html.empty()) write_page(running::page_of(json), flags.html);
  if (!flags.metrics.empty()) write_page(running::metrics_of(result, image.place.text()), flags.metrics);
  if (flags.json) {
    session.print(canonical(json) + "\n");
  } else {
    session.print(fmt::format("{}@{}  {}\n{}", escaped(image.place.text(), false, 1000),
                              image.descriptor.digest.text(), image.config.platform.text(),
                              running::text_of(result, session.unicode_results())));
  }
  session.finish_with(exit_code_of_result(result));
}

}  // namespace

void add_smoke(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<SmokeFlags>();
  auto* command = app.add_subcommand("smoke", "Run an image under a memory limit and load, and say what it needs");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_option("--memory", flags->memory, "Limit, for example 256MiB");
  command->add_option("--cpus", flags->cpus, "Limit, for example 0.5")->check(CLI::Range(0.01, 4096.0));
  command->add_option("--ready", flags->ready, "URL in the container that answers when it is ready");
  command->add_option("--ready-timeout", flags->ready_timeout, "How long to wait for that");
  command->add_option("--load", flags->load, "URL in the container to ask for, or a file of requests");
  command->add_option("--stages", flags->stages, "How often and how long: 50/s:30s,200/s:30s");
  command->add_option("--pprof", flags->pprof, "URL in the container of net/http/pprof: say where the heap grew");
  command->add_option("--for", flags->duration, "How long it runs, once ready (default: the stages, or 10s)");
  command->add_option("--grace", flags->grace, "How long it may take to stop");
  command->add_option("--runtime", flags->runtime, "runc, crun or youki, or the path of one");
  command->add_option("--env", flags->env, "NAME=VALUE for the program; repeatable")->allow_extra_args(false);
  command->add_option("--processes", flags->processes, "Limit of processes and threads")->check(CLI::Range(1U, 1'000'000U));
  command->add_option("--disk", flags->scratch, "Limit of each folder that can be written to");
  command->add_option("--connections", flags->connections, "How many the load uses at most")->check(CLI::Range(1U, 10'000U));
  command->add_option("--platform", flags->platform, "Of an image for several: which one (default: this machine's)");
  command->add_option("--html", flags->html, "Write a page to this file as well");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_smoke(*flags, session); }); });
}

}  // namespace whittle::cli
