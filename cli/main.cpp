// whittle: from flags to a command to an exit code. Errors are rendered here and nowhere else.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "builder/remote_worker.hpp"
#include "cli/annotations.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/version.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "optimizer/circumstances.hpp"

namespace whittle::cli {
namespace {

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--progress", flags.progress, "How progress is shown: auto, tty, plain, json or none")
      ->check(CLI::IsMember({"auto", "tty", "plain", "json", "none"}));
  app.add_flag("-v,--verbose", flags.verbose, "Say more about what is done and why");
  app.add_option("--jobs", flags.jobs,
                 "How much is done at once (default: the number of processors, and 8 transfers)")
      ->check(CLI::Range(1U, 256U));
  app.add_option("--limit", flags.limits, "NAME=VALUE of a protective limit (docs/limits.md); repeatable")
      ->allow_extra_args(false);
  add_registry_flags(app, flags.registry);
}

struct Command {
  std::string_view name;
  void (*add)(CLI::App&, const Choose&);
};

// In the order in which --help lists them.
constexpr std::array commands{
    Command{"build", add_build},         Command{"init", add_init},       Command{"lock", add_lock},
    Command{"copy", add_copy},           Command{"inspect", add_inspect}, Command{"diff", add_diff},
    Command{"slim", add_slim},           Command{"scan", add_scan},       Command{"sbom", add_sbom},
    Command{"sign", add_sign},           Command{"verify", add_verify},   Command{"resolve", add_resolve},
    Command{"serve", add_serve},         Command{"smoke", add_smoke},     Command{"tune", add_tune},
    Command{"symbolize", add_symbolize}, Command{"unpack", add_unpack},   Command{"cache", add_cache},
    Command{"schema", add_schema},       Command{"version", add_version}};
// These say what all commands are.
constexpr std::array describing{Command{"completion", add_completion}, Command{"manual", add_manual}};

// Adds the command that the first argument names, and all where it names none: declaring some 300 flags takes
// a millisecond, which counts where nothing changed.
void add_commands(CLI::App& app, const std::vector<std::string>& arguments, const Choose& choose) {
  const auto named =
      std::ranges::find(commands, arguments.empty() ? std::string() : arguments.front(), &Command::name);
  if (named != commands.end()) return named->add(app, choose);
  for (const auto& command : commands) command.add(app, choose);
  for (const auto& command : describing) command.add(app, choose);
}

// The command that was given, or the program when there was none.
const CLI::App& given_command(const CLI::App& app) {
  const auto given = app.get_subcommands();
  return given.empty() ? app : given_command(*given.front());
}

// A word that no command or flag is: with the nearest one that is.
Error unknown(const CLI::App& app, const std::string& word) {
  const auto& command = given_command(app);
  const bool flag = word.starts_with('-');
  std::vector<std::string> known;
  if (!flag)
    for (const auto* one : command.get_subcommands([](const CLI::App*) { return true; }))
      known.push_back(one->get_name());
  for (const auto* of : {&app, &command})
    for (const auto* option : of->get_options())
      if (flag) known.push_back(option->get_name(false, true));
  std::vector<std::string> names;
  for (const auto& name : known)  // "-v,--verbose" is two
    for (const auto& one : CLI::detail::split(name, ',')) names.push_back(one);
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto meant = nearest(word.substr(0, word.find('=')), candidates);
  if (meant && *meant == word.substr(0, word.find('=')))
    return Error(ErrorKind::usage,
                 fmt::format("the flag {} stands before the command `{}`, and belongs behind it", shown(word),
                             command.get_name()));
  return Error(ErrorKind::usage,
               fmt::format("unknown {} {}{}",
                           flag                 ? "flag"
                           : candidates.empty() ? "argument"
                                                : "command",
                           shown(word), meant ? fmt::format("; did you mean {}?", *meant) : ""));
}

// Parses the command line; false when that is all there was to do (--help, --version). Error(usage) names
// what cannot be.
bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return false;
    }
    const auto rest = app.remaining(true);
    auto& command = given_command(app);
    throw(rest.empty() ? Error(ErrorKind::usage, escaped(error.what(), false, 1000))
                       : unknown(app, rest.front()))
        .hint(fmt::format("`whittle {}--help` says what there is",
                          &command == &app ? "" : command.get_name() + " "));
  }
}

// Takes the numbers of standard streams that are closed: otherwise the next file that is opened would be one,
// and what is printed would go into it (hostile.md, 230). Reading and writing them fails.
void hold_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/", O_PATH | O_CLOEXEC));
}

// A process of ours that is to start another under other circumstances, and nothing else: it has to be the
// only thread.
int run_under(std::span<const std::string> arguments) {
  try {
    return optimizer::run_under(arguments, environ);
  } catch (const Error& error) {
    std::fputs(rendered(error, false).c_str(), stderr);
    return exit_code_of(error.kind(), 0);
  }
}

// What an action of remote execution runs, in the folder of its inputs.
constexpr std::string_view remote_job_word = "remote-job";

int run_job(const std::stop_token& stop) {
  SilentReporter reporter;
  const auto jobs = std::max(1U, std::thread::hardware_concurrency());
  return builder::run_remote_job(std::filesystem::current_path(), jobs, reporter, stop) ? 0 : 1;
}

int run(int argc, char** argv) {
  hold_standard_streams();
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (!arguments.empty() && arguments.front() == optimizer::run_under_word)
    return run_under(std::span(arguments).subspan(1));
  const Signals signals;
  const auto host = read_host();
  const auto fail = [&](const Error& error) {
    const auto annotations = annotations_of(error, host, arguments);
    std::fputs((annotations + rendered(error, wants_color(host))).c_str(), stderr);
    return exit_code_of(error.kind(), signals.received());
  };
  try {
    if (!arguments.empty() && arguments.front() == remote_job_word) return run_job(signals.token());
    CLI::App app("Builds the smallest honest container image of a Go program, and proves that it is honest.",
                 "whittle");
    CommonFlags flags;
    std::optional<Run> chosen;
    const Choose choose = [&](Run command) { chosen = std::move(command); };
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", fmt::format("whittle {}", version), "Print the version");
    add_common_flags(app, flags);
    add_commands(app, arguments, choose);
    if (!parse(app, argc, argv)) return 0;
    Session session(flags, host, signals.token());
    (*chosen)(session);
    return session.exit_code();
  } catch (const Error& error) {
    return fail(error);
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorKind::machine_limit, "there is not enough memory")
                    .hint("lower --jobs, or give the process more"));
  } catch (const std::exception& error) {
    return fail(Error(ErrorKind::internal, error.what())
                    .hint("this is a defect in whittle; please report it with the command"));
  }
}

}  // namespace
}  // namespace whittle::cli

int main(int argc, char** argv) {
  const int code = whittle::cli::run(argc, argv);
  // All that is whittle's own has ended and is written by now. What some thirty libraries would still tidy up
  // goes with the process, a millisecond and a half sooner.
  std::fflush(nullptr);
  std::_Exit(code);
}
