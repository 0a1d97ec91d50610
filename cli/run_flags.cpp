#include "cli/run_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/session.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "running/memory_size.hpp"

namespace whittle::cli {
namespace {

void add_load(const RunFlags& flags, std::chrono::milliseconds duration, Session& session,
              running::SmokeOptions& options) {
  if (flags.load.empty() && !flags.stages.empty())
    throw Error(ErrorKind::usage, "--stages says how often, and --load is needed to say what");
  if (flags.load.empty()) return;
  options.load = running::read_load(flags.load, session.host().working_directory);
  if (!flags.stages.empty())
    options.load->stages = running::parse_stages(flags.stages);
  else
    options.load->stages = {{50, duration.count() > 0 ? duration : std::chrono::seconds(10)}};
}

void check_variables(const std::vector<std::string>& env) {
  for (const auto& one : env)
    if (one.find('=') == std::string::npos || one.starts_with('='))
      throw Error(ErrorKind::usage, fmt::format("--env {} is not of the form NAME=VALUE", shown(one)));
}

}  // namespace

void add_run_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("PLACE", flags.place, "Where the image is")->required();
  command.add_option("--cpus", flags.cpus, "Limit, for example 0.5")->check(CLI::Range(0.01, 4096.0));
  command.add_option("--ready", flags.ready, "URL in the container that answers when it is ready");
  command.add_option("--ready-timeout", flags.ready_timeout, "How long to wait for that");
  command.add_option("--load", flags.load, "URL in the container to ask for, or a file of requests");
  command.add_option("--stages", flags.stages, "How often and how long: 50/s:30s,200/s:30s");
  command.add_option("--grace", flags.grace, "How long it may take to stop");
  command.add_option("--runtime", flags.runtime, "runc, crun or youki, or the path of one");
  command.add_option("--env", flags.env, "NAME=VALUE for the program; repeatable")->allow_extra_args(false);
  command.add_option("--processes", flags.processes, "Limit of processes and threads")
      ->check(CLI::Range(1U, 1'000'000U));
  command.add_option("--disk", flags.scratch, "Limit of each folder that can be written to");
  command.add_option("--connections", flags.connections, "How many the load uses at most")
      ->check(CLI::Range(1U, 10'000U));
  command.add_option("--platform", flags.platform,
                     "Of an image for several: which one (default: this machine's)");
}

running::SmokeOptions run_options(Session& session) {
  running::SmokeOptions options;
  options.machine = host_platform();
  options.find = [&session](std::string_view name) { return session.host().find_program(name); };
  options.folder = session.cache_folder() / "smoke";
  options.limits = session.limits();
  options.stop = session.stop();
  return options;
}

running::SmokeOptions run_options(const RunFlags& flags, std::chrono::milliseconds duration,
                                  Session& session) {
  auto options = run_options(session);
  if (flags.cpus > 0) options.cpus = flags.cpus;
  options.processes = flags.processes;
  options.scratch = running::parse_memory(flags.scratch, "--disk");
  check_variables(flags.env);
  options.env = flags.env;
  if (!flags.ready.empty()) options.ready = running::LocalUrl::parse(flags.ready);
  options.ready_timeout = running::parse_duration(flags.ready_timeout, "time for --ready-timeout");
  options.grace = running::parse_duration(flags.grace, "time for --grace");
  options.duration = duration;
  add_load(flags, duration, session, options);
  options.connections = flags.connections;
  options.runtime = flags.runtime;
  return options;
}

}  // namespace whittle::cli
