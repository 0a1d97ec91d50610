// RUN: what its commands would do, as far as that matters to the image.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/dockerfile_interpreter.hpp"
#include "builder/holds.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t most_commands = 1000;  // of one RUN

// The value of `key` in "type=bind,target=/src": mounts are lists of these.
std::string field_of(std::string_view mount, std::initializer_list<std::string_view> keys) {
  while (!mount.empty()) {
    const auto field = mount.substr(0, mount.find(','));
    mount.remove_prefix(std::min(mount.size(), field.size() + 1));
    const auto equals = field.find('=');
    for (const auto key : keys)
      if (field.substr(0, equals) == key)
        return equals == std::string_view::npos ? "" : std::string(field.substr(equals + 1));
  }
  return {};
}

// The arguments of a command without its flags; `with_value` are flags whose value is the next word.
std::vector<std::string> plain_words(std::span<const std::string> words, std::string_view with_value) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() < 2 || words[i][0] != '-')
      result.push_back(words[i]);
    else if (words[i].size() == 2 && with_value.find(words[i][1]) != std::string_view::npos)
      ++i;
  }
  return result;
}

}  // namespace

void DockerfileInterpreter::note(const Shell& shell, Fate fate, std::string_view what) {
  result_.report.add(shell.line, shell.shown, fate, what);
}

void DockerfileInterpreter::run(const Instruction& instruction) {
  const auto files = stage_->files;  // what a mount shows is gone afterwards
  take_mounts(instruction);
  const auto mounted = stage_->files.size() > files.size();
  if (instruction.json) {
    Shell shell{instruction, stage_->variables, stage_->folder};
    shell.line = instruction.line;
    shell.shown = instruction.text();
    ShellCommand command;
    command.words = *instruction.json;
    run_command(shell, command);
  } else if (!instruction.heredocs.empty() && instruction.arguments.starts_with("<<")) {
    run_script(instruction, instruction.heredocs.front().text);
  } else {
    run_script(instruction, instruction.arguments);
  }
  if (!mounted) return;
  std::erase_if(stage_->files, [&](const StageFile& file) { return file.instruction == "mount"; });
}

void DockerfileInterpreter::take_mounts(const Instruction& instruction) {
  for (const auto& [name, value] : instruction.flags) {
    if (name == "network" || name == "security" || name == "device") {
      add(instruction, Fate::not_needed, "whittle runs no commands");
      continue;
    }
    if (name != "mount") continue;
    const auto type = field_of(value, {"type"});
    if (type == "cache" || type == "tmpfs")
      add(instruction, Fate::not_needed, "whittle keeps go's caches by itself");
    if (type == "secret" || type == "ssh")
      add(instruction, Fate::not_needed,
          "for private modules set GOPRIVATE where whittle runs; git's configuration, ~/.netrc and the ssh "
          "agent are used as go uses them");
    if (type != "bind" && !type.empty()) continue;
    const auto target = stage_->absolute(field_of(value, {"target", "dst", "destination"}));
    const auto source = field_of(value, {"source", "src"});
    const auto from = field_of(value, {"from"});
    StageFile file;
    file.path = target;
    file.instruction = "mount";
    if (const auto other = stage_named(from, static_cast<std::size_t>(stage_ - stages_.data()));
        other && !from.empty()) {
      for (auto& found : stages_[*other].find(Stage().absolute(source), scan_)) {
        found.path = join_path(target, found.path);
        found.instruction = "mount";
        stage_->add(found);
      }
    } else if (from.empty()) {
      auto path = Stage().absolute(source).substr(1);
      file.origin = {Origin::Kind::context, path.empty() ? "." : path};
      file.is_folder = !scan_.files.contains(file.origin.path);
      stage_->add(file);
    }
  }
}

void DockerfileInterpreter::run_script(const Instruction& instruction, const std::string& script) {
  Shell shell{instruction, stage_->variables, stage_->folder};
  const bool is_heredoc = !instruction.heredocs.empty() && &script != &instruction.arguments;
  const auto line_of = [&](std::size_t offset) {
    if (!is_heredoc) return instruction.line_at(offset);
    return instruction.line + 1 +
           static_cast<std::size_t>(
               std::count(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  };
  ShellReader reader(script, {[&](std::string_view expression) {
                                const auto name = expression.substr(0, expression.find_first_of(":-+?#%/"));
                                if (!shell.variables.find(name) && name.size() == expression.size())
                                  return name == "HOME"  ? std::string("/root")
                                         : name == "PWD" ? shell.folder
                                                         : std::string(1, mark::unknown);
                                return shell.variables.substitute(expression, '\\');
                              },
                              [&](std::string_view inner) { return output_of(shell, inner); }});
  std::size_t offset = 0;
  try {
    for (std::size_t count = 0;; ++count) {
      if (count == most_commands)
        throw Error(ErrorKind::limit, fmt::format("a RUN has more than {} commands", most_commands));
      auto command = reader.next();
      if (!command) return;
      offset = command->offset;
      shell.line = line_of(command->offset);
      shell.shown = "RUN " + command->source;
      run_command(shell, std::move(*command));
    }
  } catch (const Error& error) {
    shell.line = line_of(offset);
    shell.shown = instruction.text();
    note(shell, Fate::not_translated,
         fmt::format("{}; what it does is not known: do it before `whittle build`", error.message()));
  }
}

// What a command substitution would print, as far as that can be said.
std::string DockerfileInterpreter::output_of(const Shell& shell, std::string_view script) const {
  const auto has = [&](std::string_view part) { return script.find(part) != std::string_view::npos; };
  while (script.starts_with(' ')) script.remove_prefix(1);
  const auto is = [&](std::string_view command) { return script.starts_with(command); };
  if (is("git describe") || is("git tag")) return std::string(1, mark::version);
  if (is("git rev-parse") && !has("--abbrev-ref") && !has("--show-toplevel"))
    return std::string(1, mark::commit);
  if ((is("git log") || is("git show")) && (has("%H") || has("%h"))) return std::string(1, mark::commit);
  if (is("git log") || is("git show") || is("date")) return std::string(1, mark::date);
  if (is("go env GOPATH")) return "/go";
  if (is("go env GOARCH") || is("uname -m") || is("arch") || is("dpkg --print-architecture") ||
      is("apk --print-arch"))
    return std::string(1, mark::platform);
  if (is("pwd")) return shell.folder;
  return std::string(1, mark::unknown);
}

void DockerfileInterpreter::run_command(Shell& shell, ShellCommand command) {
  while (shell.outer_folders.size() < command.depth) shell.outer_folders.push_back(shell.folder);
  while (shell.outer_folders.size() > command.depth) {
    shell.folder = shell.outer_folders.back();
    shell.outer_folders.pop_back();
  }
  if (command.is_alternative)
    return note(shell, Fate::not_needed, "it runs only when what stands before it fails");
  static constexpr std::array<std::string_view, 7> wrappers = {"env",     "sudo", "time",   "exec",
                                                               "command", "nice", "chronic"};
  auto scope = command.assignments;
  std::span<const std::string> words = command.words;
  while (words.size() > 1 && holds(wrappers, words[0])) {
    words = words.subspan(1);
    while (words.size() > 1 && is_name(words[0].substr(0, words[0].find('='))) &&
           words[0].find('=') != std::string::npos) {
      scope.emplace_back(words[0].substr(0, words[0].find('=')), words[0].substr(words[0].find('=') + 1));
      words = words.subspan(1);
    }
  }
  note_writes(shell, command);
  if (words.empty()) {
    for (const auto& [name, value] : scope) shell.variables.set(name, value);
    return;
  }
  const auto program = base_name(words[0]);
  const auto first = words.size() > 1 ? words[1] : "";
  if (program == "cd") {
    Stage here;
    here.folder = shell.folder;
    if (first != "-" && !has_mark(first)) shell.folder = here.absolute(first.empty() ? "/root" : first);
    return;
  }
  if (program == "export") {
    for (const auto& word : words.subspan(1))
      if (const auto equals = word.find('='); equals != std::string::npos)
        shell.variables.set(word.substr(0, equals), word.substr(equals + 1));
    return;
  }
  static constexpr std::array<std::string_view, 9> managers = {"apk", "apt-get", "apt",    "microdnf", "dnf",
                                                               "yum", "tdnf",    "zypper", "aptitude"};
  static constexpr std::array<std::string_view, 6> changers = {"mkdir", "chmod", "chown",
                                                               "chgrp", "touch", "ln"};
  static constexpr std::array<std::string_view, 3> copiers = {"cp", "mv", "install"};
  if (program == "go" && (first == "build" || first == "install")) {
    auto inner = shell;
    for (const auto& [name, value] : scope) inner.variables.set(name, value);
    return compile(inner, words.subspan(2), first == "install");
  }
  if (holds(managers, program)) return install_packages(shell, words.subspan(1));
  if (program == "adduser" || program == "useradd") return add_user(shell, words, false);
  if (program == "addgroup" || program == "groupadd") return add_user(shell, words, true);
  if (holds(changers, program)) return change_files(shell, words);
  if (holds(copiers, program)) return copy_files(shell, words);
  // Without a version, `go get` only fetched what go.mod asks for.
  if (program == "go" && first == "get" && command.source.find('@') == std::string::npos &&
      command.source.find("-u") == std::string::npos)
    return note(shell, Fate::not_needed, "go fetches modules while it compiles");
  if (const auto known = known_command(program, first)) return note(shell, known->fate, known->what);
  note(shell, Fate::not_translated,
       "whittle runs no commands: do it before `whittle build`, and list what the image needs of it under "
       "`files`");
}

void DockerfileInterpreter::install_packages(Shell& shell, std::span<const std::string> words) {
  // Flags with a value: apk's -t and -X, which is --repository.
  const auto plain = plain_words(words, "tXc");
  static constexpr std::array<std::string_view, 5> verbs = {"add", "install", "reinstall", "-y",
                                                            "localinstall"};
  if (plain.empty() || !holds(verbs, plain[0]))
    return note(shell, Fate::not_needed,
                "there is no package manager in the image, and nothing of it to update or clean up");
  if (!shapes_image_)
    return note(shell, Fate::not_needed, "packages for building: whittle brings what it compiles with");
  std::string unknown;
  for (const auto& name : std::span(plain).subspan(1)) {
    const auto known = known_package(name);
    if (!known) {
      unknown += (unknown.empty() ? "" : ", ") + name;
      continue;
    }
    if (known->debian.empty()) {
      note(shell, Fate::not_needed, fmt::format("{}: {}", name, known->why));
      continue;
    }
    stage_->packages.insert(std::string(known->debian));
    note(shell, Fate::translated,
         known->why.empty() ? fmt::format("package {}", known->debian)
                            : fmt::format("{}: {}, else `packages` brings it", name, known->why));
  }
  if (unknown.empty()) return;
  // In an image that has Go, packages are for building.
  if (kind_of_base(stage_->image) == BaseKind::go)
    return note(
        shell, Fate::not_translated,
        fmt::format("{}: if the program needs it, and not just its build, try Debian's under `packages`",
                    unknown));
  if (stage_->needs_base.empty())
    stage_->needs_base = fmt::format("it is not known whether the program needs {}", unknown);
  note(shell, Fate::not_translated,
       fmt::format("{}: if the program needs it, try Debian's under `packages`", unknown));
}

void DockerfileInterpreter::add_user(Shell& shell, std::span<const std::string> words, bool is_group) {
  const bool is_useradd = base_name(words[0]) == "useradd";
  std::string id;
  std::string group;
  std::string name;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto& word = words[i];
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    const auto value = [&] {
      return equals != std::string::npos ? word.substr(equals + 1) : i + 1 < words.size() ? words[++i] : "";
    };
    if (key == "-u" || key == "--uid" || (is_group && (key == "-g" || key == "--gid")))
      id = value();
    else if (key == "-G" || key == "--ingroup" || key == "--gid" || (is_useradd && key == "-g") ||
             key == "--groups")
      group = value();
    else if (word.starts_with("--") && (key == "--home" || key == "--home-dir" || key == "--shell" ||
                                        key == "--gecos" || key == "--comment"))
      value();
    else if (word.size() == 2 && word[0] == '-' &&
             std::string_view("hsgcdKk").find(word[1]) != std::string_view::npos)
      value();
    else if (!word.starts_with('-') && name.empty())
      name = word;
  }
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.size() < 11 && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!is_number(id)) id.clear();
  if (name.empty() || has_mark(name))
    return note(shell, Fate::not_translated, "the name is not known before the build");
  if (is_group) {
    stage_->groups[name] = id;
  } else {
    if (const auto known = stage_->groups.find(group); known != stage_->groups.end())
      group = known->second;
    else if (group == "root")
      group = "0";
    stage_->users[name] = id.empty() ? "" : is_number(group) ? fmt::format("{}:{}", id, group) : id;
  }
  if (!shapes_image_) return note(shell, Fate::not_needed, "whittle writes the entry of the image's user");
  note(shell, Fate::translated,
       id.empty() ? fmt::format("{} has no number of its own here: nonroot (65532) stands for it", name)
                  : fmt::format("{} is {}; whittle writes the entry of the image's user", name, id));
}

// mkdir, chmod, chown, touch and ln, on what is in the stage.
void DockerfileInterpreter::change_files(Shell& shell, std::span<const std::string> words) {
  const auto program = base_name(words[0]);
  const auto plain = plain_words(words.subspan(1), program == "mkdir" ? "m" : "");
  Stage here;
  here.folder = shell.folder;
  if (program == "ln") {
    constexpr std::string_view zones = "/usr/share/zoneinfo/";
    if (plain.size() == 2 && plain[1] == "/etc/localtime" && plain[0].starts_with(zones) && shapes_image_ &&
        !has_mark(plain[0])) {
      stage_->env.emplace_back("TZ", spec_text(plain[0].substr(zones.size())).value());
      return note(shell, Fate::translated, "env TZ");
    }
    return note(shell, shapes_image_ ? Fate::not_translated : Fate::not_needed,
                "links are carried over only as part of `files`: keep the link among the sources, or the "
                "file under its other name");
  }
  const bool takes_first = program == "chmod" || program == "chown" || program == "chgrp";
  if (plain.empty()) return note(shell, Fate::not_needed, "it changes nothing");
  const auto owner =
      program == "chown"
          ? stage_->resolve_user(plain[0].ends_with(':') ? plain[0].substr(0, plain[0].size() - 1) : plain[0])
          : std::nullopt;
  bool changed = false;
  for (const auto& path : std::span(plain).subspan(takes_first ? 1 : 0)) {
    const auto absolute = here.absolute(path);
    if (program == "mkdir") {
      stage_->folders.insert(absolute);
      if (shapes_image_) pending_.push_back({shell.line, shell.shown, absolute});
    }
    for (auto& file : stage_->files) {
      if (!path_below(file.path, absolute) || file.origin.kind != Origin::Kind::context) continue;
      changed = true;
      if (owner) file.owner = *owner == "root" ? "" : *owner;
      const auto& mode = plain[0];
      if (program != "chmod") continue;
      if (mode.find_first_not_of("01234567") == std::string::npos && (mode.size() == 3 || mode.size() == 4))
        file.mode = mode.size() == 3 ? "0" + mode : mode;
      else if (mode == "+x" || mode == "a+x" || mode == "755")
        file.mode = file.is_folder ? file.mode : "0755";
    }
  }
  if (!shapes_image_) return note(shell, Fate::not_needed, "only what the spec names comes into the image");
  if (program == "mkdir") return;
  if (program == "touch")
    return note(shell, Fate::not_translated,
                "an empty file has to be among the sources, listed under `files`");
  if (changed && program == "chown" && !owner)
    return note(shell, Fate::not_translated,
                fmt::format("the number of {} is not known here: write `owner`", plain[0]));
  note(shell, changed ? Fate::translated : Fate::not_needed,
       changed ? "owner or mode of `files`"
               : "programs belong to root and can be run by all; the spec has no folders of their own");
}

// cp, mv and install: what is known of the source is known of the copy.
void DockerfileInterpreter::copy_files(Shell& shell, std::span<const std::string> words) {
  const auto plain = plain_words(words.subspan(1), "mogt");
  Stage here;
  here.folder = shell.folder;
  if (plain.size() < 2)
    return note(shell, Fate::not_translated,
                "whittle runs no commands: list what the image needs under `files`");
  constexpr std::string_view zones = "/usr/share/zoneinfo/";
  if (plain.back() == "/etc/localtime" && plain[0].starts_with(zones) && shapes_image_ &&
      !has_mark(plain[0])) {
    stage_->env.emplace_back("TZ", spec_text(plain[0].substr(zones.size())).value());
    return note(shell, Fate::translated, "env TZ");
  }
  const auto to = here.absolute(plain.back());
  const bool into = plain.back().ends_with('/') || plain.size() > 2 || stage_->is_folder(to);
  bool followed = false;
  for (const auto& source : std::span(plain).first(plain.size() - 1)) {
    const auto path = here.absolute(source);
    for (auto& file : stage_->find(path, scan_)) {
      followed = followed || file.origin.kind != Origin::Kind::other;
      const auto name = into ? join_path(to, base_name(path)) : to;
      file.path = join_path(
          name, file.path == base_name(path) && path.find('*') != std::string::npos ? "" : file.path);
      file.line = shell.line;
      file.instruction = shell.shown;
      stage_->add(std::move(file));
    }
    if (base_name(words[0]) == "mv")
      std::erase_if(stage_->files, [&](const StageFile& file) { return file.path == path; });
  }
  if (followed)
    note(shell, shapes_image_ ? Fate::translated : Fate::not_needed,
         shapes_image_ ? "files" : "it is followed");
  else if (known_path(to))
    note(shell, Fate::not_needed, "base static has it");
  else
    note(shell, shapes_image_ ? Fate::not_translated : Fate::not_needed,
         fmt::format("it is not known where {} comes from: list it under `files`", plain[0]));
}

void DockerfileInterpreter::note_writes(Shell& shell, const ShellCommand& command) {
  for (const auto& [sign, target] : command.redirections) {
    if (!sign.starts_with('>') || sign.ends_with('&') || target.empty() || target.starts_with("/dev/") ||
        !shapes_image_)
      continue;
    Stage here;
    here.folder = shell.folder;
    const auto path = here.absolute(target);
    if (path == "/etc/timezone" || known_path(path))
      note(shell, Fate::not_needed, fmt::format("{}: whittle or base static brings it", path));
    else
      note(shell, Fate::not_translated,
           fmt::format("it writes {}: have that file among the sources, and list it under `files`", path));
  }
}

}  // namespace whittle::builder
