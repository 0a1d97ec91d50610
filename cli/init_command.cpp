// whittle init: write a whittle.yaml for a Go module, or translate a Dockerfile into one.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "builder/dockerfile_parser.hpp"
#include "builder/dockerfile_translator.hpp"
#include "builder/init_module.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

struct InitFlags {
  std::string folder = ".";
  std::string from;
  std::string target;
  std::string output;
  bool force = false;
  bool json = false;
};

void check(const InitFlags& flags) {
  if (flags.from.empty() && (flags.json || !flags.target.empty()))
    throw Error(ErrorKind::usage, fmt::format("--{} goes with --from", flags.json ? "json" : "target"));
  if (flags.json && flags.output == "-")
    throw Error(ErrorKind::usage, "standard output cannot carry both the spec and, with --json, the report");
}

void refuse_existing(const fs::path& file, const InitFlags& flags) {
  std::error_code ignored;
  if (flags.force || !fs::exists(fs::symlink_status(file, ignored))) return;
  throw Error(ErrorKind::usage, fmt::format("{} is there already", escaped(file.native(), false, 4096)))
      .hint("--force replaces it, `-o -` prints the new one");
}

std::string write(const builder::InitSpec& spec, const fs::path& file) {
  write_file(file, builder::to_yaml(spec), AtomicFile::Durability::synced);
  return escaped(file.native(), false, 4096);
}

// The spec goes to its file and the path to stdout; or the spec itself with `-o -`.
void finish(const builder::InitSpec& spec, const InitFlags& flags, const fs::path& file, Session& session) {
  const bool to_stdout = flags.output == "-";
  const auto path = to_stdout ? "" : write(spec, file);
  if (!to_stdout)
    session.reporter().note(
        fmt::format("wrote {}; next: `whittle build{}`", path, file == "whittle.yaml" ? "" : " -f " + path));
  if (to_stdout)
    session.print(builder::to_yaml(spec));
  else if (!flags.json)
    session.print(path + "\n");
}

void run_init(const InitFlags& flags, Session& session) {
  check(flags);
  const fs::path folder = flags.folder;
  const fs::path file =
      (flags.output.empty() || flags.output == "-" ? folder / "whittle.yaml" : fs::path(flags.output))
          .lexically_normal();
  if (flags.output != "-") refuse_existing(file, flags);
  const auto scan = builder::scan_sources(folder);
  if (flags.from.empty()) {
    const auto draft = builder::draft_for_module(scan);
    for (const auto& line : draft.notes) session.reporter().note(line);
    return finish(draft.spec, flags, file, session);
  }
  const auto text = in_context([&] { return std::string("reading the Dockerfile"); },
                               [&] { return read_file(flags.from, builder::longest_dockerfile); });
  const auto translation = builder::translate_dockerfile(text, {flags.from, flags.target}, scan);
  const auto& report = translation.report;
  for (const auto& line : report.lines()) session.reporter().note(report.text_of(line));
  session.reporter().note(report.summary());
  finish(translation.spec, flags, file, session);
  if (flags.json) session.print(canonical(report.to_json()) + "\n");
}

}  // namespace

void add_init(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<InitFlags>();
  auto* command =
      app.add_subcommand("init", "Write a whittle.yaml for a Go module, or translate a Dockerfile");
  command->add_option("DIR", flags->folder, "The module's folder (default: here)");
  command->add_option("--from", flags->from, "Translate this Dockerfile; DIR is its context");
  command->add_option("--target", flags->target,
                      "The stage of the Dockerfile that becomes the image (default: the last)");
  command->add_option("-o,--output", flags->output,
                      "Write to this file instead of DIR/whittle.yaml; - for standard output");
  command->add_flag("--force", flags->force, "Replace a file that is there");
  command->add_flag("--json", flags->json, "Print what became of each line of the Dockerfile, as JSON");
  command->callback([flags, choose] { choose([flags](Session& session) { run_init(*flags, session); }); });
}

}  // namespace whittle::cli
