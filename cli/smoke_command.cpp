// whittle smoke: an image, run under a memory limit and load, and what it needed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/page_file.hpp"
#include "cli/run_flags.hpp"
#include "cli/run_image.hpp"
#include "cli/session.hpp"
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
  RunFlags run;
  std::string memory;
  std::string pprof;
  std::string duration;
  std::string html;
  std::string metrics;
  bool json = false;
};

running::SmokeOptions options_of(const SmokeFlags& flags, Session& session) {
  const auto given = flags.duration.empty() ? std::chrono::milliseconds(0)
                                            : running::parse_duration(flags.duration, "time for --for");
  auto options = run_options(flags.run, given, session);
  if (flags.run.load.empty() && flags.duration.empty()) options.duration = std::chrono::seconds(10);
  if (!flags.memory.empty()) options.memory = running::parse_memory(flags.memory, "--memory");
  if (!flags.pprof.empty()) options.pprof = running::heap_profile_url(running::LocalUrl::parse(flags.pprof));
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
  const auto image = read_run_image(flags.run.place, flags.run.platform, session);
  const auto result =
      running::smoke(*image.source, image.manifest, image.config, options, session.reporter());
  tell_of(result.root, session);
  if (!result.limited)
    session.reporter().warn(fmt::format("nothing was limited: {}", result.why_not_limited));
  if (!result.why_own_users.empty())
    session.reporter().note(fmt::format("the container has no user namespace: {}", result.why_own_users));
  auto json = running::to_json(result);
  json["image"] = {{"place", as_utf8(image.place.text())},
                   {"digest", image.descriptor.digest.text()},
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
  auto* command =
      app.add_subcommand("smoke", "Run an image under a memory limit and load, and say what it needs");
  add_run_flags(*command, flags->run);
  command->add_option("--memory", flags->memory, "Limit, for example 256MiB");
  command->add_option("--pprof", flags->pprof,
                      "URL in the container of net/http/pprof: say where the heap grew");
  command->add_option("--for", flags->duration, "How long it runs, once ready (default: the stages, or 10s)");
  command->add_option("--html", flags->html, "Write a page to this file as well");
  command->add_option("--metrics", flags->metrics, "Write Prometheus's text format to this file as well");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_smoke(*flags, session); }); });
}

}  // namespace whittle::cli
