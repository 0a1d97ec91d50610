// whittle: from flags to a command to an exit code. Errors are rendered here and nowhere else.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "common/error.hpp"

namespace whittle::cli {
namespace {

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--progress", flags.progress, "How progress is shown: auto, tty, plain, json or none")
      ->check(CLI::IsMember({"auto", "tty", "plain", "json", "none"}));
  app.add_flag("-v,--verbose", flags.verbose, "Say more about what is done and why");
  app.add_option("--jobs", flags.jobs, "How much is done at once (default: the number of processors)")
      ->check(CLI::Range(1U, 256U));
  app.add_option("--plain-http", flags.plain_http, "HOST[:PORT] of a registry that may be reached by plain http; repeatable");
}

// Parses the command line; the exit code when that is all there was to do (--help, a usage error).
std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : exit_code_of(ErrorKind::usage, 0);
  }
}

int run(int argc, char** argv) {
  const Signals signals;
  const auto host = read_host();
  const auto fail = [&](const Error& error) {
    std::fputs(rendered(error, wants_color(host)).c_str(), stderr);
    return exit_code_of(error.kind(), signals.received());
  };
  try {
    CLI::App app("Builds the smallest honest container image of a Go program, and proves that it is honest.", "whittle");
    CommonFlags flags;
    std::optional<Run> chosen;
    const Choose choose = [&](Run command) { chosen = std::move(command); };
    app.require_subcommand(1);
    app.fallthrough();
    add_common_flags(app, flags);
    for (const auto add : {add_build, add_copy, add_inspect, add_cache, add_schema, add_version, add_completion})
      add(app, choose);
    if (const auto code = parse(app, argc, argv)) return *code;
    Session session(flags, host, signals.token());
    (*chosen)(session);
    return 0;
  } catch (const Error& error) {
    return fail(error);
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorKind::machine_limit, "there is not enough memory").hint("lower --jobs, or give the process more"));
  } catch (const std::exception& error) {
    return fail(Error(ErrorKind::internal, error.what()).hint("this is a defect in whittle; please report it with the command"));
  }
}

}  // namespace
}  // namespace whittle::cli

int main(int argc, char** argv) { return whittle::cli::run(argc, argv); }
