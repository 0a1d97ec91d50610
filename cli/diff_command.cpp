// whittle diff: what differs between two images, and why.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "comparison/difference_json.hpp"
#include "comparison/difference_page.hpp"
#include "comparison/difference_text.hpp"
#include "comparison/image_difference.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct DiffFlags {
  std::string a;
  std::string b;
  std::string platform;
  std::string html;
  bool json = false;
  bool no_contents = false;
  bool exit_code = false;
};

void run_diff(const DiffFlags& flags, Session& session) {
  const auto a = registry::Place::parse(flags.a);
  const auto b = registry::Place::parse(flags.b);
  session.check_streams({a, b}, {});
  comparison::DifferenceOptions options;
  if (!flags.platform.empty()) options.platform = layers::Platform::parse(flags.platform);
  options.contents = !flags.no_contents;
  options.scratch = session.cache_folder() / "tmp";
  options.limits = session.limits();
  options.stop = session.stop();
  const auto source_a = session.access().source(a);
  const auto source_b = session.access().source(b);
  const auto difference = comparison::compare_images(*source_a, *source_b, options);
  if (!flags.html.empty()) write_page(comparison::page_of(difference, flags.a, flags.b), flags.html);
  if (flags.json)
    session.print(canonical(comparison::to_json(difference, flags.a, flags.b)) + "\n");
  else
    session.print(comparison::text_of(difference, flags.a, flags.b, session.color_results()));
  if (flags.exit_code && !difference.equal()) session.finish_with(exit_code_of_a_difference);
}

}  // namespace

void add_diff(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<DiffFlags>();
  auto* command = app.add_subcommand("diff", "Show what differs between two images, and why");
  command->add_option("A", flags->a, "Where one image is")->required();
  command->add_option("B", flags->b, "Where the other is")->required();
  command->add_option("--platform", flags->platform, "Compare this platform alone");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->add_option("--html", flags->html, "Write a page to this file as well");
  command->add_flag("--no-contents", flags->no_contents, "Do not look into files that differ");
  command->add_flag("--exit-code", flags->exit_code, "Exit with 12 when the images differ");
  command->callback([flags, choose] { choose([flags](Session& session) { run_diff(*flags, session); }); });
}

}  // namespace whittle::cli
