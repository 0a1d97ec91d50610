#include "closure/closure.hpp"

#include <fmt/format.h>

#include "closure/needs.hpp"
#include "closure/rules.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::closure {
namespace {

using Node = Needs::Node;

// What the reason says, with the place of `by` in it.
std::string_view template_of(Why why) {
  switch (why) {
    case Why::entrypoint:
      return "what the image starts";
    case Why::command:
      return "a command that the image starts";
    case Why::healthcheck:
      return "its health check";
    case Why::argument:
      return "named on the command line of the image";
    case Why::wanted:
      return "kept by --keep";
    case Why::parent:
      return "holds {}";
    case Why::link:
      return "a link on the way to what {} needs";
    case Why::link_target:
      return "where the link {} leads";
    case Why::loader:
      return "loads {}";
    case Why::loader_settings:
      return "tells the loader of {} where libraries are";
    case Why::library:
      return "a library of {}";
    case Why::opened:
      return "named in {}, which loads libraries by name";
    case Why::interpreter:
      return "interprets {}";
    case Why::shell:
      return "runs the commands of {}";
    case Why::script_command:
      return "a command in {}";
    case Why::sourced:
      return "read by the script {}";
    case Why::named:
      return "named in {}";
    case Why::configured:
      return "named in the configuration {}";
    case Why::run:
      return "run by {}";
    case Why::host_names:
      return "{} looks up hosts";
    case Why::users:
      return "{} looks up users";
    case Why::certificates:
      return "{} verifies certificates";
    case Why::time_zones:
      return "{} knows local time";
    case Why::locale:
      return "{} speaks the language of its user";
    case Why::conversions:
      return "{} converts between character sets";
    case Why::terminal:
      return "{} writes to terminals";
    case Why::runtime:
      return "belongs to the runtime of {}";
    case Why::module:
      return "may be loaded or read by {}";
    case Why::application:
      return "lies beside what {} runs";
    case Why::package:
      return "configuration or data of the package of {}";
    case Why::identity:
      return "says what this system is";
    case Why::licence:
      return "the licence of a package that files are kept of";
    case Why::database:
      return "says which packages the files are from";
    case Why::state:
      return "a folder to work in or to write to";
    case Why::not_packaged:
      return "from no package";
  }
  return "";
}

bool keeps_all_below(Why why) {
  return why == Why::runtime || why == Why::application || why == Why::module || why == Why::package ||
         why == Why::wanted;
}

void visit_link(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  const auto* reason = needs.reason(node);
  const auto way = needs.view().follow(node.path());
  if (way.end == nullptr || reason == nullptr) return;
  const bool all =
      keeps_all_below(reason->why) && !is_broad(way.end->path()) && !is_shared(needs, way.end->path());
  const auto why = all ? reason->why : Why::link_target;
  if (all)
    needs.keep_all(node.path(), why, node.path());
  else
    needs.keep(node.path(), why, node.path());
  take_known(seeker, node);  // a virtual environment is known by the link in it
}

// Hard links ask for nothing: whichever name of a file stays has its bytes.
void visit_file(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  const auto* facts = needs.facts_of(node);
  if (facts == nullptr) return;
  switch (facts->kind) {
    case FileFacts::Kind::elf:
      take_program(seeker, node, facts->elf);
      take_known(seeker, node);
      if (facts->elf.is_executable && facts->elf.soname.empty())
        take_package(seeker, node);  // libc has a loader, too
      return;
    case FileFacts::Kind::broken_elf:
      if (!came_along(needs, node))
        needs.warn(
            fmt::format("what {} needs is not known: {}", shown_path(node.path()), escaped(facts->text)));
      return;
    case FileFacts::Kind::script:
      take_script(seeker, node, *facts);
      if ((node.mode() & 0111U) != 0) take_package(seeker, node);
      return;
    case FileFacts::Kind::text:
      if (node.path().ends_with(".sh"))
        take_script(seeker, node, *facts);
      else
        take_configuration(seeker, node, *facts);
      return;
  }
}

// HEALTHCHECK of a Dockerfile: ["NONE"], ["CMD", …] or ["CMD-SHELL", text].
std::vector<std::string> health_check(const layers::Execution& execution) {
  std::vector<std::string> words;
  const auto check = execution.others.find("Healthcheck");
  if (check == execution.others.end() || !check->is_object()) return words;
  const auto test = check->find("Test");
  if (test == check->end() || !test->is_array()) return words;
  for (const auto& word : *test)
    if (word.is_string()) words.push_back(word.get<std::string>());
  if (words.empty()) return words;
  if (words[0] == "CMD") return {words.begin() + 1, words.end()};
  if (words[0] != "CMD-SHELL" || words.size() < 2) return {};
  std::vector<std::string> shell = {"/bin/sh", "-c"};
  if (const auto other = execution.others.find("Shell");
      other != execution.others.end() && other->is_array() && !other->empty()) {
    shell.clear();
    for (const auto& word : *other)
      if (word.is_string()) shell.push_back(word.get<std::string>());
  }
  shell.push_back(words[1]);
  return shell;
}

void take_wanted(Needs& needs, const ClosureOptions::IsSo& is_wanted) {
  needs.view().below({}, [&](const Node& node) {
    if (is_wanted(node)) needs.keep_node(node, Why::wanted, {});
  });
}

void take_config(Seeker& seeker, const layers::Execution& execution, const ClosureOptions& options) {
  const auto entrypoint = execution.entrypoint.value_or(std::vector<std::string>());
  const auto cmd = execution.cmd.value_or(std::vector<std::string>());
  auto words = entrypoint;
  words.insert(words.end(), cmd.begin(), cmd.end());
  start(seeker, words, Why::entrypoint);
  // An entrypoint often ends by running what the command says.
  if (!entrypoint.empty() && !cmd.empty() && seeker.needs.command(cmd[0]).end != nullptr)
    start(seeker, cmd, Why::command);
  start(seeker, health_check(execution), Why::healthcheck);
  take_environment(seeker);
  if (options.is_wanted) take_wanted(seeker.needs, options.is_wanted);
  if (entrypoint.empty() && cmd.empty() && seeker.needs.result().kept.empty())
    throw Error(ErrorKind::unsupported,
                "the image has neither an entrypoint nor a command: nothing says what it needs")
        .hint("name what has to stay with --keep, or slim it without --closure");
}

}  // namespace

std::string text_of(const Reason& reason) {
  const auto by = reason.by.empty() ? std::string("the config") : shown_path(reason.by);
  auto text = fmt::format(fmt::runtime(template_of(reason.why)), by);
  if (reason.is_weak && reason.why != Why::parent) text += " (perhaps)";
  return text;
}

Closure closure(const layers::MergedTree& tree, const FactTable& facts, const layers::ImageConfig& config,
                const ClosureOptions& options) {
  Needs needs(tree, facts, config, options);
  Libraries libraries(needs);
  Seeker seeker{needs, libraries};
  const auto visit = [&seeker](const Node& node) {
    if (node.is_symbolic_link())
      visit_link(seeker, node);
    else if (!node.is_directory())
      visit_file(seeker, node);
  };
  for (const auto& warning : facts.warnings) needs.warn(warning);
  take_config(seeker, config.execution, options);
  needs.settle(visit);
  take_identity(seeker);
  take_state(seeker);
  needs.settle(visit);
  take_unpackaged(seeker, options.strict);
  needs.settle(visit);
  needs.settle_perhaps(visit);
  take_licences(seeker);
  needs.settle(visit);
  return std::move(needs.result());
}

}  // namespace whittle::closure
