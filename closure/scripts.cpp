// Rules for what is started by words: command lines, scripts, configurations.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "closure/rules.hpp"
#include "closure/shebang.hpp"
#include "closure/shell_words.hpp"
#include "closure/string_constants.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

using Node = Needs::Node;

bool has_wildcard(std::string_view path) {
  return path.find('*') != std::string_view::npos;
}

void take_shell_text(Seeker& seeker, std::string_view text, std::string_view by, Why why) {
  auto& needs = seeker.needs;
  const auto words = read_shell_words(text);
  for (const auto& command : words.commands)
    if (!is_shell_builtin(command)) needs.keep_command(command, why, by);
  for (const auto& source : words.sources)
    if (needs.keep(source, Why::sourced, by, needs.working_folder()) == nullptr)
      needs.keep(source, Why::sourced, by, layers::folder_of(by));
  for (const auto& path : words.paths) {
    const auto way = needs.view().follow(path);
    if (way.end != nullptr && !way.end->is_directory())
      needs.keep(path, Why::named, by);
    else if (way.end != nullptr)
      take_named(seeker, path, Why::named, by);
  }
}

// `sh -c TEXT`, `bash -euxc TEXT`: the text; nothing when there is none.
std::string_view text_for_shell(const std::vector<std::string>& words, std::size_t shell) {
  for (std::size_t i = shell + 1; i + 1 < words.size() && words[i].starts_with('-'); ++i)
    if (!words[i].starts_with("--") && words[i].find('c') != std::string::npos) return words[i + 1];
  return {};
}

void take_whole_folder(Seeker& seeker, std::string_view folder, std::string_view by) {
  if (!is_broad(folder) && !is_shared(seeker.needs, folder))
    seeker.needs.keep_all(folder, Why::application, by);
}

// A program in a language that reads its own files: what lies beside it and where it is started.
void take_application(Seeker& seeker, const Node& program, const std::vector<std::string>& words) {
  auto& needs = seeker.needs;
  const auto* facts = needs.facts_of(program);
  const bool is_script = facts != nullptr && facts->kind == FileFacts::Kind::script;
  const auto shebang = is_script ? read_shebang(facts->text) : Shebang();
  if (!is_interpreter(is_script ? shebang.program() : program.path())) return;
  if (is_script) take_whole_folder(seeker, layers::folder_of(program.path()), program.path());
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto way = needs.view().follow(words[i], needs.working_folder());
    if (words[i].starts_with('-') || way.end == nullptr) continue;
    take_whole_folder(seeker, way.end->is_directory() ? way.path : layers::folder_of(way.path),
                      program.path());
    return;
  }
}

void take_argument(Seeker& seeker, const std::string& word, bool may_run) {
  auto& needs = seeker.needs;
  if (may_run && !word.empty() && word[0] != '-' && needs.keep_command(word, Why::command, {}) != nullptr)
    return;
  each_path(word, false, [&](std::string_view path) {
    const auto way = needs.view().follow(path);
    if (way.end != nullptr && !way.end->is_directory())
      needs.keep(path, Why::argument, {});
    else if (way.end != nullptr)
      take_named(seeker, path, Why::argument, {});
  });
  if (word.empty() || word[0] == '-' || word[0] == '/') return;
  const auto way = needs.view().follow(word, needs.working_folder());
  if (way.end != nullptr && !way.end->is_directory())
    needs.keep(word, Why::argument, {}, needs.working_folder());
}

}  // namespace

void start(Seeker& seeker, const std::vector<std::string>& words, Why why) {
  auto& needs = seeker.needs;
  if (words.empty()) return;
  const auto* program = needs.keep_command(words[0], why, {});
  if (program == nullptr) {
    needs.warn(fmt::format("{}, which the config starts, is not in the image", shown(words[0])));
    return;
  }
  bool may_run = runs_its_arguments(layers::name_of_path(words[0]));
  std::string_view last = layers::name_of_path(words[0]);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_shell(last))
      if (const auto text = text_for_shell(words, i - 1); !text.empty())
        take_shell_text(seeker, text, {}, Why::script_command);
    take_argument(seeker, words[i], may_run);
    last = may_run ? layers::name_of_path(words[i]) : std::string_view();
    may_run = may_run || runs_its_arguments(last);
  }
  take_application(seeker, *program, words);
}

void take_environment(Seeker& seeker) {
  for (const std::string_view variable : seeker.needs.config().execution.env) {
    const auto equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = variable.substr(0, equals);
    if (name == "PATH" || name == "HOME" || name == "PWD" || name.starts_with("LD_")) continue;
    each_path(variable.substr(equals + 1), false,
              [&](std::string_view path) { take_named(seeker, path, Why::configured, {}); });
  }
}

namespace {

// Of a script that somebody runs.
void take_interpreter(Seeker& seeker, const Node& node, const Shebang& shebang) {
  auto& needs = seeker.needs;
  if (shebang.interpreter.empty()) return;
  const auto missing = [&](std::string_view what, std::string_view where) {
    needs.warn(fmt::format("the script {} wants {}, which {}", shown_path(node.path()), shown(what), where));
  };
  if (needs.keep(shebang.interpreter, Why::interpreter, node.path(), needs.working_folder()) == nullptr)
    missing(shebang.interpreter, "is not in the image");
  const auto program = shebang.program();
  if (shebang.is_env() && !program.empty() &&
      needs.keep_command(program, Why::interpreter, node.path()) == nullptr)
    missing(program, "PATH does not have");
}

// Of one that lies among others: perhaps nobody runs it. What is only perhaps needed asks for no more of that
// kind.
void take_possible_script(Seeker& seeker, const Node& node, const FileFacts& facts, const Shebang& shebang) {
  auto& needs = seeker.needs;
  const auto* reason = needs.reason(node);
  if (reason == nullptr || (reason->is_weak && reason->with_folder)) return;
  if (!shebang.interpreter.empty()) needs.perhaps({shebang.interpreter, Why::interpreter, node.path()});
  if (shebang.is_env()) needs.perhaps({std::string(shebang.program()), Why::interpreter, node.path()});
  if (!shebang.interpreter.empty() && !is_shell(shebang.program())) return;
  for (const auto& command : read_shell_words(facts.text).commands)
    if (!is_shell_builtin(command)) needs.perhaps({command, Why::script_command, node.path()});
}

}  // namespace

void take_script(Seeker& seeker, const Node& node, const FileFacts& facts) {
  auto& needs = seeker.needs;
  const auto shebang = read_shebang(facts.text);
  if (came_along(needs, node)) return take_possible_script(seeker, node, facts, shebang);
  take_interpreter(seeker, node, shebang);
  if (!shebang.interpreter.empty() && !is_shell(shebang.program())) return;
  if (facts.is_cut)
    needs.warn(fmt::format("the script {} is read up to its first {} only", shown_path(node.path()),
                           human_size(facts.text.size())));
  take_shell_text(seeker, facts.text, node.path(), Why::script_command);
}

void take_configuration(Seeker& seeker, const Node& node, const FileFacts& facts) {
  const auto* reason = seeker.needs.reason(node);
  const bool is_packaged = reason != nullptr && reason->why == Why::package;
  for (const auto& path : facts.paths) {
    if (came_along(seeker.needs, node) && !is_packaged) {
      if (!has_wildcard(path)) perhaps_named(seeker, path, Why::configured, node.path());
      continue;
    }
    if (has_wildcard(path))
      seeker.needs.keep_matching(path, Why::configured, node.path());
    else
      take_named(seeker, path, Why::configured, node.path());
  }
}

}  // namespace whittle::closure
