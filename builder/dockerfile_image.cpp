// The end of a translation: the final stage becomes an image of the spec.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/dockerfile_interpreter.hpp"
#include "builder/go_project.hpp"
#include "builder/init_module.hpp"
#include "builder/spec.hpp"
#include "builder/spec_fields.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t most_commented_lines = 200;

std::string spec_of(const std::string& text) {
  return spec_text(text).value_or("");
}

bool any_mark(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const auto& word) { return has_mark(word); });
}

// `tini --` and the like in front of a program; how many words they are.
std::size_t init_words(const std::vector<std::string>& words) {
  if (words.empty()) return 0;
  const auto name = base_name(words[0]);
  if (name != "tini" && name != "tini-static" && name != "dumb-init" && name != "catatonit") return 0;
  std::size_t count = 1;
  while (count < words.size() && words[count].starts_with('-')) ++count;
  return count;
}

}  // namespace

// Nobody but root may enter /root, and whittle's images run as nonroot: what lay there lies in /app.
std::string DockerfileInterpreter::relocated(const std::string& path) const {
  if (is_root_) return path;
  const auto rest = path_below(path, "/root");
  return rest ? join_path("/app", *rest) : path;
}

void DockerfileInterpreter::build_image() {
  InitImage image;
  place_binaries(image);
  if (image.binaries.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("no Go program comes into the image of {}", escaped(options_.name)))
        .hint(
            "whittle builds images of Go programs; `whittle init` without --from writes a spec from the "
            "sources alone");
  choose_base(image);
  choose_user(image);
  choose_start(image);
  const auto& first = binaries_[placed_.front()];
  const auto name = executable_name(first.spec.main);
  image.name = image_name_from(name.empty() ? first.name : name);
  for (auto& binary : image.binaries)
    if (binary.path == default_binary_path(binary.main, image.name)) binary.path.clear();
  list_files(image);
  list_rest(image);
  settle_folders();
  result_.spec.go_version = go_version_of(scan_);
  result_.spec.images.push_back(std::move(image));
  result_.report.sort();
  write_comments();
  // What cannot be read back is a defect; a spec beyond the reader's limits is not.
  try {
    parse_spec(to_yaml(result_.spec), "whittle.yaml");
  } catch (const Error& error) {
    throw Error(ErrorKind::limit, fmt::format("the spec that was made from {} cannot be read: {}",
                                              escaped(options_.name), error.message()));
  }
}

void DockerfileInterpreter::place_binaries(InitImage& image) {
  std::set<std::string> paths;
  for (const auto& file : stage_->files) {
    if (file.origin.kind != Origin::Kind::binary) continue;
    auto path = relocated(file.path);
    if (has_mark(path) ||
        !why_refused("binaries", fmt::format("[{{main: ., path: {}}}]", yaml_scalar(path))).empty())
      path = fmt::format("/usr/bin/{}", image_name_from(binaries_[file.origin.binary].name));
    if (!paths.insert(path).second) continue;
    placed_.push_back(file.origin.binary);
    const auto& binary = binaries_[file.origin.binary];
    image.binaries.push_back(binary.spec);
    for (const auto& main : scan_.mains)
      if (main.cgo && !binary.without_cgo &&
          binary.spec.main == (main.folder == "." ? "." : "./" + main.folder))
        image.binaries.back().cgo = true;
    image.binaries.back().path = path;
  }
}

void DockerfileInterpreter::choose_base(InitImage& image) {
  auto kind = kind_of_base(stage_->image);
  const auto said = [&](Fate fate, std::string_view what) {
    result_.report.add(stage_->line, stage_->instruction, fate, what);
  };
  // A shell form or a script as entrypoint needs the shell that the base has.
  for (const auto* start : {&stage_->entrypoint, &stage_->command}) {
    if (!*start || (start == &stage_->command && stage_->entrypoint) || !stage_->needs_base.empty()) continue;
    const auto& words = (*start)->words;
    const auto program = words.empty() ? "" : words[std::min(init_words(words), words.size() - 1)];
    if ((*start)->is_shell && needs_shell(program)) stage_->needs_base = "its command is for a shell";
    if (!(*start)->is_shell && (base_name(program).ends_with("sh") || base_name(program) == "env"))
      stage_->needs_base = "its command is for a shell";
  }
  if (stage_->image.empty() || has_mark(stage_->image))
    return said(
        Fate::not_translated,
        "the base is not known before the build: whittle's `static` is taken; name another one under `base`");
  if (kind == BaseKind::scratch) {
    image.base = {"scratch"};
    return said(Fate::translated, "base scratch");
  }
  if (kind == BaseKind::debug) {
    image.base = {"debug"};
    return said(Fate::translated, "base debug, whittle's own with a shell");
  }
  if (kind == BaseKind::fixed)
    return said(Fate::translated, "base static, the default: whittle's own distroless");
  if (kind == BaseKind::go || kind == BaseKind::front_end) {
    if (!stage_->needs_base.empty()) image.base = {"debug"};
    return said(Fate::translated,
                stage_->needs_base.empty()
                    ? "base static, the default: the compiler does not belong into the image"
                    : fmt::format("base debug, with a shell: {}", stage_->needs_base));
  }
  if (kind == BaseKind::general && stage_->needs_base.empty())
    return said(
        Fate::translated,
        "base static, the default: the program is static, and nothing else of the distribution is asked for");
  if (const auto why = why_refused("base", yaml_scalar(stage_->image)); !why.empty())
    return said(Fate::not_translated, why);
  image.base = {stage_->image};
  said(Fate::translated,
       kind == BaseKind::general
           ? fmt::format("base {}: {}; without that `static` would do", stage_->image, stage_->needs_base)
           : fmt::format("base {}: what it holds is not known, so it stays; `static` may do", stage_->image));
}

void DockerfileInterpreter::choose_user(InitImage& image) {
  if (stage_->user) {
    if (stage_->user->first != "nonroot") image.user = {stage_->user->first};
  } else if (!is_nonroot_base(stage_->image) && kind_of_base(stage_->image) != BaseKind::other) {
    image.user = {"nonroot", "no USER in the Dockerfile; `root` if the program has to be"};
  }
}

// The program that a word starts, when it is one that is built: by its path, or in PATH.
std::optional<std::size_t> DockerfileInterpreter::binary_for(const std::string& program) const {
  for (const auto& file : stage_->files) {
    if (file.origin.kind != Origin::Kind::binary) continue;
    if (program.find('/') != std::string::npos) {
      if (file.path == stage_->absolute(program)) return file.origin.binary;
      continue;
    }
    const auto* const path = stage_->variables.find("PATH");
    const auto folder = file.path.substr(0, file.path.rfind('/'));
    const bool in_path =
        folder == "/go/bin" ||
        (path && fmt::format(":{}:", *path).find(fmt::format(":{}:", folder)) != std::string::npos);
    if (in_path && base_name(file.path) == program) return file.origin.binary;
  }
  return std::nullopt;
}

// Takes one of CMD and ENTRYPOINT as what is started; false when it is not.
bool DockerfileInterpreter::start_with(InitImage& image, StartCommand& start, bool is_entrypoint) {
  const auto said = [&](Fate fate, std::string_view what) {
    result_.report.add(start.line, start.instruction, fate, what);
  };
  auto words = start.words;
  if (start.is_shell) {
    std::string text = words.front();
    while (text.starts_with("exec ")) text.erase(0, 5);
    if (needs_shell(text)) {
      const bool has_shell = !image.base.value.empty() && image.base.value != "scratch";
      if (!has_shell || has_mark(text)) {
        said(Fate::not_translated,
             "it is for a shell, and there is none: the program is started without arguments; let it read "
             "its variables itself");
        return false;
      }
      image.entrypoint = {"/bin/sh", "-c", spec_of(words.front())};
      said(Fate::translated, "entrypoint with /bin/sh, for which the base stays");
      return true;
    }
    words.clear();
    ShellReader reader(text, {[](std::string_view) { return std::string(); },
                              [](std::string_view) { return std::string(); }});
    if (const auto command = reader.next()) words = command->words;
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(init_words(words)));
  if (words.empty() || any_mark(words)) {
    if (!start.words.empty())
      said(Fate::not_translated, "it names no program: the first binary is the entrypoint");
    return false;
  }
  for (auto& word : words) word = spec_of(relocated(word));
  const auto binary = binary_for(start.is_shell || words[0].find('/') == std::string::npos
                                     ? words[0]
                                     : start.words[init_words(start.words)]);
  if (binary) {
    // The entrypoint is the first of the binaries, unless it is written out.
    const auto at =
        static_cast<std::size_t>(std::find(placed_.begin(), placed_.end(), *binary) - placed_.begin());
    if (at >= placed_.size()) return false;
    std::rotate(placed_.begin(), placed_.begin() + static_cast<std::ptrdiff_t>(at),
                placed_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    std::rotate(image.binaries.begin(), image.binaries.begin() + static_cast<std::ptrdiff_t>(at),
                image.binaries.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    words[0] = image.binaries.front().path;
    if (is_entrypoint && words.size() > 1) image.entrypoint = words;
    if (!is_entrypoint) image.args.assign(words.begin() + 1, words.end());
    said(Fate::translated, is_entrypoint || words.size() == 1
                               ? "the binary is the entrypoint"
                               : "the binary is the entrypoint, the rest are args");
    return true;
  }
  const bool is_ours = std::any_of(stage_->files.begin(), stage_->files.end(), [&](const StageFile& file) {
    return file.path == stage_->absolute(start.words[0]) || relocated(file.path) == words[0];
  });
  const bool has_shell = !image.base.value.empty() && image.base.value != "scratch";
  if (!is_ours && !has_shell) {
    said(Fate::not_translated,
         fmt::format("{} is none of the programs that are built: the first binary is the entrypoint",
                     words[0]));
    return false;
  }
  image.entrypoint = words;
  said(Fate::translated, is_ours ? "entrypoint; if it is a script, a shell has to be in the base"
                                 : "entrypoint, a program of the base");
  return true;
}

void DockerfileInterpreter::choose_start(InitImage& image) {
  auto& entrypoint = stage_->entrypoint;
  auto& command = stage_->command;
  // A script among the files needs the base as it is: what runs it is there.
  const auto& first = entrypoint ? entrypoint : command;
  if (first && !first->words.empty() && kind_of_base(stage_->image) == BaseKind::general &&
      image.base.value.empty()) {
    const auto program =
        stage_->absolute(first->words[std::min(init_words(first->words), first->words.size() - 1)]);
    for (const auto& file : stage_->files)
      if (file.path == program && file.origin.kind == Origin::Kind::context &&
          why_refused("base", yaml_scalar(stage_->image)).empty())
        image.base = {stage_->image, fmt::format("for {}, which is a file and no program that is built",
                                                 base_name(program))};
  }
  if (!entrypoint) {
    if (command) start_with(image, *command, false);
    return;
  }
  const bool started = start_with(image, *entrypoint, true);
  if (!command) return;
  const auto said = [&](Fate fate, std::string_view what) {
    result_.report.add(command->line, command->instruction, fate, what);
  };
  if (entrypoint->is_shell)
    return said(Fate::not_needed, "Docker leaves it out beside an ENTRYPOINT in the shell form");
  auto words = command->words;
  if (command->is_shell) {
    if (needs_shell(words.front()))
      return said(Fate::not_translated, "it is for a shell, and the entrypoint is none: write `args`");
    words = {"/bin/sh", "-c", words.front()};
  }
  if (!started || any_mark(words))
    return said(Fate::not_translated, "the entrypoint that it belongs to is not translated: write `args`");
  for (const auto& word : words) image.args.push_back(spec_of(relocated(word)));
  said(Fate::translated, "args");
}

// In a stage that compiles, sources were copied to be compiled.
bool DockerfileInterpreter::is_go_source(const StageFile& file) const {
  if (!stage_->compiles) return false;
  const auto& path = file.origin.path;
  if (path.ends_with(".go") || path.ends_with("go.mod") || path.ends_with("go.sum") ||
      path.ends_with("go.work"))
    return true;
  if (!file.is_folder) return false;
  if (path == "." || path == "vendor") return true;
  const auto first = scan_.files.lower_bound(path + "/");
  return std::any_of(first, scan_.files.end(), [&](const std::string& name) {
    return name.starts_with(path + "/") && name.ends_with(".go");
  });
}

void DockerfileInterpreter::list_files(InitImage& image) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& file : stage_->files) {
    if (file.origin.kind != Origin::Kind::context) continue;
    const auto said = [&](Fate fate, std::string_view what) {
      result_.report.add(file.line, file.instruction, fate, what);
    };
    if (is_go_source(file)) {
      said(Fate::not_needed,
           "sources do not belong into the image; list under `files` what the program reads of them when it "
           "runs");
      continue;
    }
    InitFile entry;
    entry.from = spec_of(file.origin.path) + (file.is_folder && file.origin.path != "." ? "/" : "");
    entry.to = spec_of(relocated(file.path));
    entry.mode = file.mode;
    entry.owner = file.owner;
    if (!seen.emplace(entry.from, entry.to).second) continue;
    auto yaml = fmt::format("from: {}, to: {}", yaml_scalar(entry.from), yaml_scalar(entry.to));
    if (!entry.mode.empty()) yaml += fmt::format(", mode: \"{}\"", entry.mode);
    if (!entry.owner.empty()) yaml += fmt::format(", owner: {}", yaml_scalar(entry.owner));
    const auto why = why_refused("files", fmt::format("[{{{}}}]", yaml));
    if (!why.empty()) {
      said(Fate::not_translated, why);
      continue;
    }
    image.files.push_back(std::move(entry));
    said(Fate::translated,
         file.origin.path == "."
             ? "files: all the sources go into the image, as here; better name what the program reads"
             : "files");
  }
}

void DockerfileInterpreter::list_rest(InitImage& image) {
  const bool is_static = image.base.value.empty() || image.base.value == "debug";
  for (const auto& name : stage_->packages)
    if (!is_static || (name != "ca-certificates" && name != "tzdata")) image.packages.push_back(name);
  image.env = stage_->env;
  if (stage_->folder != "/" && !has_mark(stage_->folder) &&
      why_refused("working-dir", yaml_scalar(spec_of(relocated(stage_->folder)))).empty())
    image.working_dir = {spec_of(relocated(stage_->folder)),
                         relocated(stage_->folder) != stage_->folder ? "/root is for root alone" : ""};
  for (const auto& port : stage_->ports) image.ports.push_back({port});
  image.volumes = stage_->volumes;
  image.stop_signal = stage_->stop_signal;
  image.labels = stage_->labels;
  std::set<std::string> platforms;
  if (!stage_->platform.empty()) platforms.insert(stage_->platform);
  for (const auto binary : placed_)
    if (!binaries_[binary].platform.empty()) platforms.insert(binaries_[binary].platform);
  for (const auto& platform : platforms)
    if (why_refused("platforms", fmt::format("[{}]", yaml_scalar(platform))).empty())
      image.platforms.push_back(platform);
}

// An empty folder cannot be written; one that has something in it is made anyway.
void DockerfileInterpreter::settle_folders() {
  for (const auto& folder : pending_) {
    const auto is_below = [&](const std::string& path) { return path_below(path, folder.path).has_value(); };
    const bool made = is_below(stage_->folder) ||
                      std::any_of(stage_->files.begin(), stage_->files.end(),
                                  [&](const StageFile& file) { return is_below(file.path); }) ||
                      std::any_of(stage_->volumes.begin(), stage_->volumes.end(), is_below);
    result_.report.add(
        folder.line, folder.shown, made ? Fate::not_needed : Fate::not_translated,
        made ? "whittle makes the folders of what is in the image"
             : "the spec has no empty folders: let the program make it, or mount a volume there (`volumes`)");
  }
}

void DockerfileInterpreter::write_comments() {
  auto& comments = result_.spec.comments;
  comments = {fmt::format("Translated from {} by `whittle init`; `whittle schema` prints every key there is.",
                          base_name(options_.name))};
  const auto count = result_.report.count(Fate::not_translated);
  if (count == 0) return;
  comments.emplace_back();
  comments.emplace_back("Not translated:");
  std::size_t listed = 0;
  for (const auto& line : result_.report.lines()) {
    if (line.fate != Fate::not_translated) continue;
    if (listed++ == most_commented_lines)
      return comments.push_back(fmt::format("  … and {} more", count - most_commented_lines));
    comments.push_back(fmt::format("  line {}: {}: {}", line.line, line.instruction, line.what));
  }
}

}  // namespace whittle::builder
