#include "builder/dockerfile_interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t most_stages = 100;
constexpr std::string_view assumed_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view only_building = "it is about a stage for building, not about the image";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return result;
}

// Variables that steer go, and that mean nothing to the program.
bool steers_go(std::string_view name) {
  static constexpr std::array<std::string_view, 22> names = {
      "CGO_ENABLED", "GO111MODULE",  "GOOS",       "GOARCH",     "GOARM",       "GOAMD64",
      "GOPROXY",     "GOPRIVATE",    "GONOSUMDB",  "GONOPROXY",  "GOSUMDB",     "GOFLAGS",
      "GOPATH",      "GOBIN",        "GOCACHE",    "GOMODCACHE", "GOTOOLCHAIN", "GOROOT",
      "GOINSECURE",  "GOEXPERIMENT", "CGO_CFLAGS", "CGO_LDFLAGS"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

void set_platform_arguments(Variables& variables) {
  variables.set("TARGETOS", "linux");
  for (const auto* name : {"TARGETARCH", "TARGETPLATFORM", "TARGETVARIANT", "BUILDPLATFORM", "BUILDARCH",
                           "BUILDOS", "BUILDVARIANT"})
    variables.set(name, std::string(1, mark::platform));
}

bool is_platform_argument(std::string_view name) {
  return name.starts_with("TARGET") || name.starts_with("BUILDP") || name == "BUILDARCH" ||
         name == "BUILDOS" || name == "BUILDVARIANT";
}

}  // namespace

DockerfileInterpreter::DockerfileInterpreter(const Dockerfile& file, const TranslateOptions& options,
                                             const SourceScan& scan)
    : file_(file), options_(options), scan_(scan), result_{{}, DockerfileReport(options.name)} {
  set_platform_arguments(global_);
}

void DockerfileInterpreter::add(const Instruction& instruction, Fate fate, std::string_view what) {
  result_.report.add(instruction.line, instruction.text(), fate, what);
}

Translation DockerfileInterpreter::translate() {
  read_stages();
  const auto target = target_stage();
  mark_needed(target, true);
  find_root();
  stages_.resize(ranges_.size());
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto& from = file_.instructions[ranges_[i].from];
    if (ranges_[i].is_needed)
      run_stage(i);
    else
      add(from, Fate::not_needed,
          fmt::format("the image takes nothing from this stage{}",
                      i > target ? "; `--target` chooses another one" : ""));
  }
  stage_ = &stages_[target];
  shapes_image_ = true;
  build_image();
  return std::move(result_);
}

// ARGs before the first FROM count in FROM lines alone.
void DockerfileInterpreter::read_stages() {
  for (std::size_t i = 0; i < file_.instructions.size(); ++i) {
    const auto& instruction = file_.instructions[i];
    if (instruction.name == "FROM") {
      if (!ranges_.empty()) ranges_.back().end = i;
      if (ranges_.size() == most_stages)
        throw Error(ErrorKind::limit, fmt::format("there are more than {} stages", most_stages));
      const auto words = split_words(instruction.arguments, file_.escape);
      StageRange range{i, file_.instructions.size()};
      if (words.size() == 3 && lower(words[1]) == "as") range.name = lower(words[2]);
      if (!words.empty() && !instruction.is_cut) {
        try {
          range.base = global_.expand(words[0], file_.escape);
        } catch (const Error&) {
          range.base = std::string(1, mark::unknown);
        }
      }
      ranges_.push_back(range);
    } else if (ranges_.empty()) {
      if (instruction.name == "ARG")
        declare_arguments(instruction);
      else
        add(instruction, Fate::not_translated,
            "it stands before the first FROM, where Docker allows only ARG");
    }
  }
  if (ranges_.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("{} has no FROM; it is no Dockerfile", escaped(options_.name)));
}

std::size_t DockerfileInterpreter::target_stage() const {
  if (options_.target.empty()) return ranges_.size() - 1;
  if (const auto found = stage_named(options_.target, ranges_.size())) return *found;
  throw Error(ErrorKind::usage,
              fmt::format("{} has no stage {}", escaped(options_.name), shown(options_.target)));
}

std::optional<std::size_t> DockerfileInterpreter::stage_named(std::string_view name,
                                                              std::size_t before) const {
  const auto wanted = lower(name);
  for (std::size_t i = before; i-- > 0;)
    if (!ranges_[i].name.empty() && ranges_[i].name == wanted) return i;
  const bool numeric =
      !wanted.empty() && wanted.size() < 5 && wanted.find_first_not_of("0123456789") == std::string::npos;
  if (numeric && std::stoul(wanted) < before) return std::stoul(wanted);
  return std::nullopt;
}

// Stages refer only to earlier ones, so this ends.
void DockerfileInterpreter::mark_needed(std::size_t stage, bool shapes_image) {
  auto& range = ranges_[stage];
  if (range.is_needed && (range.shapes_image || !shapes_image)) return;
  range.is_needed = true;
  range.shapes_image = range.shapes_image || shapes_image;
  if (const auto base = stage_named(range.base, stage);
      base && !range.base.empty() && ranges_[*base].name == lower(range.base))
    mark_needed(*base, shapes_image);
  for (std::size_t i = range.from + 1; i < range.end; ++i) {
    for (const auto& [name, value] : file_.instructions[i].flags) {
      const auto at = value.find("from=");
      const auto source = name == "from" ? value
                          : name == "mount" && at != std::string::npos
                              ? value.substr(at + 5, value.find(',', at) - at - 5)
                              : "";
      if (const auto other = stage_named(source, stage); other && !source.empty()) mark_needed(*other, false);
    }
  }
}

// Whether the image runs as root decides where files may lie, so it has to be known from the start.
void DockerfileInterpreter::find_root() {
  for (const auto& range : ranges_)
    for (std::size_t i = range.from; range.shapes_image && i < range.end; ++i) {
      const auto& instruction = file_.instructions[i];
      if (instruction.name == "USER")
        is_root_ = instruction.arguments == "root" || instruction.arguments.starts_with("0") ||
                   instruction.arguments.starts_with("root:");
    }
}

void DockerfileInterpreter::run_stage(std::size_t index) {
  const auto& range = ranges_[index];
  shapes_image_ = range.shapes_image;
  begin_stage(file_.instructions[range.from], index);
  for (std::size_t i = range.from + 1; i < range.end; ++i) {
    const auto& instruction = file_.instructions[i];
    try {
      if (instruction.is_cut)
        add(instruction, Fate::not_translated,
            fmt::format("it is longer than {} bytes", longest_instruction));
      else
        apply(instruction);
    } catch (const Error& error) {
      add(instruction, Fate::not_translated, error.message());
    }
  }
}

void DockerfileInterpreter::begin_stage(const Instruction& from, std::size_t index) {
  const auto& range = ranges_[index];
  stage_ = &stages_[index];
  const auto base = stage_named(range.base, index);
  const bool from_stage = base && !range.base.empty() && ranges_[*base].name == lower(range.base);
  if (from_stage) *stage_ = stages_[*base];
  stage_->name = range.name;
  if (const auto platform = from.flag("platform")) {
    const auto value = global_.expand(*platform, file_.escape);
    if (!has_mark(value)) stage_->platform = value;
  }
  if (from_stage) {
    add(from, Fate::translated,
        fmt::format("it goes on from the stage of line {}", file_.instructions[ranges_[*base].from].line));
    return;
  }
  stage_->line = from.line;
  stage_->instruction = from.text();
  stage_->image = range.base;
  set_platform_arguments(stage_->variables);
  stage_->variables.set("PATH", std::string(assumed_path));
  const auto kind = kind_of_base(range.base);
  if (kind == BaseKind::go) stage_->variables.set("GOPATH", "/go");
  stage_->is_front_end = kind == BaseKind::front_end;
  if (shapes_image_) return;  // its base is chosen at the end
  if (kind == BaseKind::front_end)
    add(from, Fate::not_translated,
        "whittle builds no front end: build it before `whittle build`, so that what is embedded or listed "
        "under `files` is there");
  else if (kind == BaseKind::go)
    add(from, Fate::not_needed, "whittle compiles with the Go that go.mod asks for");
  else
    add(from, Fate::not_needed, only_building);
}

void DockerfileInterpreter::apply(const Instruction& instruction) {
  const auto& name = instruction.name;
  if (stage_->is_front_end && name != "WORKDIR" && name != "COPY" && name != "ARG" && name != "ENV")
    return add(instruction, Fate::not_needed,
               "it belongs to the front end, which is built before `whittle build`");
  if (name == "ARG") return declare_arguments(instruction);
  if (name == "ENV") return set_environment(instruction);
  if (name == "COPY" || name == "ADD") return copy(instruction);
  if (name == "RUN") return run(instruction);
  if (name == "WORKDIR") {
    const auto folder = stage_->variables.expand(instruction.arguments, file_.escape);
    if (has_mark(folder))
      return add(instruction, Fate::not_translated, "the folder is not known before the build");
    stage_->folder = stage_->absolute(folder);
    stage_->folders.insert(stage_->folder);
    return add(instruction, shapes_image_ ? Fate::translated : Fate::not_needed,
               shapes_image_ ? fmt::format("working-dir {}", relocated(stage_->folder))
                             : std::string(only_building));
  }
  if (name == "SHELL") {
    const bool usual = instruction.json && !instruction.json->empty() &&
                       base_name(instruction.json->front()).ends_with("sh");
    return add(instruction, usual ? Fate::not_needed : Fate::not_translated,
               "whittle runs no commands, and an entrypoint without a shell");
  }
  if (name == "ONBUILD")
    return add(instruction, Fate::not_translated,
               "images of whittle have no triggers: write it into the Dockerfile that builds on this image");
  apply_configuration(instruction);
}

void DockerfileInterpreter::apply_configuration(const Instruction& instruction) {
  static constexpr std::array<std::string_view, 9> known = {
      "EXPOSE", "USER", "VOLUME", "STOPSIGNAL", "LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK", "MAINTAINER"};
  const auto& name = instruction.name;
  if (std::find(known.begin(), known.end(), name) == known.end())
    return add(instruction, Fate::not_translated, "Docker has no such instruction");
  if (!shapes_image_) return add(instruction, Fate::not_needed, only_building);
  if (name == "EXPOSE") return expose(instruction);
  if (name == "USER") return set_user(instruction);
  if (name == "VOLUME") return set_volumes(instruction);
  if (name == "LABEL") return set_labels(instruction);
  if (name == "MAINTAINER") {
    stage_->labels.emplace_back("org.opencontainers.image.authors",
                                stage_->variables.expand(instruction.arguments, file_.escape));
    return add(instruction, Fate::translated, "label org.opencontainers.image.authors");
  }
  if (name == "STOPSIGNAL") {
    const auto signal = stage_->variables.expand(instruction.arguments, file_.escape);
    const auto why = has_mark(signal) ? "the signal is not known before the build"
                                      : why_refused("stop-signal", yaml_scalar(signal));
    if (!why.empty()) return add(instruction, Fate::not_translated, why);
    stage_->stop_signal = signal;
    return add(instruction, Fate::translated, fmt::format("stop-signal {}", signal));
  }
  if (name == "HEALTHCHECK") {
    if (lower(instruction.arguments) == "none")
      return add(instruction, Fate::not_needed, "images of whittle have no health check");
    return add(instruction, Fate::not_translated,
               "the spec has no health check, as OCI images have none: configure it where the container is "
               "run (a probe of Kubernetes, "
               "`healthcheck` of Compose), with the program itself, for there is no shell, curl or wget");
  }
  (name == "CMD" ? stage_->command : stage_->entrypoint) = start_command(instruction);
}

StartCommand DockerfileInterpreter::start_command(const Instruction& instruction) const {
  StartCommand start;
  start.line = instruction.line;
  start.instruction = instruction.text();
  start.is_shell = !instruction.json;
  start.words = instruction.json ? *instruction.json : std::vector<std::string>{instruction.arguments};
  return start;
}

void DockerfileInterpreter::declare_arguments(const Instruction& instruction) {
  auto& variables = stage_ ? stage_->variables : global_;
  for (const auto& word : split_words(instruction.arguments, file_.escape)) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (is_platform_argument(name)) continue;  // the builder sets it, whatever the default
    if (equals != std::string::npos) {
      const auto value = variables.expand(std::string_view(word).substr(equals + 1), file_.escape);
      if (value.empty())
        variables.declare(name);
      else
        variables.set(name, value);
    } else if (const auto* const outer = stage_ ? global_.find(name) : nullptr) {
      variables.set(name, *outer);
    } else if (!variables.find(name)) {
      variables.declare(name);
    }
  }
  add(instruction, Fate::not_needed, "the spec has no arguments: the default is used where the argument is");
}

std::vector<std::pair<std::string, std::string>> DockerfileInterpreter::pairs(
    const Instruction& instruction) const {
  std::vector<std::pair<std::string, std::string>> result;
  const auto words = split_words(instruction.arguments, file_.escape);
  if (words.empty()) return result;
  const auto expand = [&](std::string_view word) { return stage_->variables.expand(word, file_.escape); };
  if (words[0].find('=') == std::string::npos) {
    const auto rest = instruction.arguments.find_first_not_of(" \t", words[0].size());
    result.emplace_back(expand(words[0]), rest == std::string::npos
                                              ? ""
                                              : expand(std::string_view(instruction.arguments).substr(rest)));
    return result;
  }
  for (const auto& word : words) {
    const auto equals = std::min(word.find('='), word.size());
    result.emplace_back(expand(std::string_view(word).substr(0, equals)),
                        equals < word.size() ? expand(std::string_view(word).substr(equals + 1)) : "");
  }
  return result;
}

std::vector<std::string> DockerfileInterpreter::expanded_words(const Instruction& instruction) const {
  std::vector<std::string> words =
      instruction.json ? *instruction.json : split_words(instruction.arguments, file_.escape);
  for (auto& word : words) word = stage_->variables.expand(word, file_.escape);
  return words;
}

// Values are those of before the instruction: ENV a=1 b=$a does not see the new one.
void DockerfileInterpreter::set_environment(const Instruction& instruction) {
  for (const auto& [name, value] : pairs(instruction)) {
    stage_->variables.set(name, value);
    if (name == "CGO_ENABLED" && value == "1")
      add(instruction, Fate::translated, "programs compiled from here on have `cgo: static`");
    else if (steers_go(name) || name == "DEBIAN_FRONTEND")
      add(instruction, Fate::not_needed, fmt::format("{} is for building; whittle sets what go needs", name));
    else if (!shapes_image_)
      add(instruction, Fate::not_needed, only_building);
    else if (has_mark(value))
      add(instruction, Fate::not_translated,
          fmt::format("the value of {} is not known before the build: write it into `env`", name));
    else if (const auto why = why_refused(
                 "env", fmt::format("{{{}: {}}}", yaml_scalar(name), yaml_scalar(spec_text(value).value())));
             !why.empty())
      add(instruction, Fate::not_translated, why);
    else {
      std::erase_if(stage_->env, [&name = name](const auto& entry) { return entry.first == name; });
      stage_->env.emplace_back(name, spec_text(value).value());
      add(instruction, Fate::translated, "env");
    }
  }
}

void DockerfileInterpreter::set_labels(const Instruction& instruction) {
  for (const auto& [name, value] : pairs(instruction)) {
    const auto text = spec_text(value);
    const auto why =
        has_mark(name) || !text
            ? fmt::format("the value of {} is not known before the build", name)
            : why_refused("labels", fmt::format("{{{}: {}}}", yaml_scalar(name), yaml_scalar(*text)));
    if (!why.empty()) {
      add(instruction, Fate::not_translated, why);
      continue;
    }
    std::erase_if(stage_->labels, [&name = name](const auto& entry) { return entry.first == name; });
    stage_->labels.emplace_back(name, *text);
    add(instruction, Fate::translated, "labels");
  }
}

void DockerfileInterpreter::expose(const Instruction& instruction) {
  constexpr unsigned long most_ports = 100;
  for (const auto& word : expanded_words(instruction)) {
    const auto slash = std::min(word.find('/'), word.size());
    const auto protocol = lower(word.substr(slash)) == "/tcp" ? "" : lower(word.substr(slash));
    const auto range = word.substr(0, slash);
    const auto dash = range.find('-');
    const auto is_number = [](const std::string& text) {
      return !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
    };
    const auto first = range.substr(0, dash);
    const auto last = dash == std::string::npos ? first : range.substr(dash + 1);
    if (!is_number(first) || !is_number(last) || std::stoul(last) < std::stoul(first) ||
        std::stoul(last) - std::stoul(first) >= most_ports) {
      add(instruction, Fate::not_translated,
          fmt::format("{} is no port that is known before the build", word));
      continue;
    }
    for (auto port = std::stoul(first); port <= std::stoul(last); ++port) {
      const auto text = fmt::format("{}{}", port, protocol);
      const auto why = why_refused("ports", fmt::format("[{}]", yaml_scalar(text)));
      if (!why.empty())
        add(instruction, Fate::not_translated, why);
      else if (std::find(stage_->ports.begin(), stage_->ports.end(), text) == stage_->ports.end())
        stage_->ports.push_back(text);
      if (why.empty()) add(instruction, Fate::translated, "ports");
    }
  }
}

void DockerfileInterpreter::set_user(const Instruction& instruction) {
  const auto text = stage_->variables.expand(instruction.arguments, file_.escape);
  const auto user = stage_->resolve_user(text);
  const bool refused = user && !why_refused("user", yaml_scalar(*user)).empty();
  if (user && !refused) {
    stage_->user = {*user, instruction.line};
    return add(instruction, Fate::translated, fmt::format("user {}", *user));
  }
  stage_->user = {"nonroot", instruction.line};
  add(instruction, Fate::not_translated,
      fmt::format("the number of {} is not known here: taken to be nonroot (65532); write UID:GID under "
                  "`user` if it has to be another",
                  text));
}

void DockerfileInterpreter::set_volumes(const Instruction& instruction) {
  for (const auto& word : expanded_words(instruction)) {
    const auto path = relocated(stage_->absolute(word));
    const auto why = has_mark(path) ? "the path is not known before the build"
                                    : why_refused("volumes", fmt::format("[{}]", yaml_scalar(path)));
    if (!why.empty()) {
      add(instruction, Fate::not_translated, why);
      continue;
    }
    if (std::find(stage_->volumes.begin(), stage_->volumes.end(), path) == stage_->volumes.end())
      stage_->volumes.push_back(path);
    add(instruction, Fate::translated, "volumes");
  }
}

Translation translate_dockerfile(std::string_view text, const TranslateOptions& options,
                                 const SourceScan& scan) {
  const auto file = parse_dockerfile(text, options.name);
  return DockerfileInterpreter(file, options, scan).translate();
}

}  // namespace whittle::builder
