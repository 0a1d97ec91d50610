// `go build` and `go install`: which program lies where afterwards.
#include <fmt/format.h>

#include <algorithm>

#include "builder/dockerfile_interpreter.hpp"
#include "builder/go_command.hpp"
#include "builder/go_project.hpp"

namespace whittle::builder {
namespace {

std::string text_of(const Variables& variables, std::string_view name) {
  const auto* const value = variables.find(name);
  return value ? *value : "";
}

}  // namespace

// What the compiler is told about the platform, when it is written out and not left to the builder.
std::string DockerfileInterpreter::platform_of(const Shell& shell) const {
  const auto architecture = text_of(shell.variables, "GOARCH");
  if (architecture.empty() || has_mark(architecture)) return {};
  auto platform = fmt::format("linux/{}", architecture);
  const auto variant = text_of(shell.variables, architecture == "arm" ? "GOARM" : "GOAMD64");
  if (architecture == "arm")
    platform += "/v" + (variant.empty() || has_mark(variant) ? std::string("7") : variant.substr(0, 1));
  if (architecture == "amd64" && !variant.empty() && !has_mark(variant) && variant != "v1")
    platform += "/" + variant;
  return platform;
}

// The folder of the context that lies at `path` in the stage, as far as something of it was copied.
std::optional<std::string> DockerfileInterpreter::context_of(const std::string& path) const {
  for (const auto& file : stage_->find(path, scan_)) {
    if (file.origin.kind != Origin::Kind::context) continue;
    if (file.path.empty()) return file.origin.path;
    const auto& origin = file.origin.path;
    if (origin == file.path) return ".";
    if (origin.ends_with("/" + file.path)) return origin.substr(0, origin.size() - file.path.size() - 1);
  }
  // Behind all folders that were copied whole, whether they have it or not.
  for (auto file = stage_->files.rbegin(); file != stage_->files.rend(); ++file)
    if (const auto rest = path_below(path, file->path);
        rest && file->is_folder && file->origin.kind == Origin::Kind::context)
      return join_path(file->origin.path, *rest);
  return std::nullopt;
}

BuiltBinary DockerfileInterpreter::main_in(const std::string& context, const std::string& folder) const {
  BuiltBinary binary;
  binary.spec.main = context == "." ? "." : "./" + context;
  const auto module = scan_.modules.find(context);
  binary.name = executable_name(module != scan_.modules.end() && !module->second.empty() ? module->second
                                                                                         : binary.spec.main);
  if (binary.name.empty()) binary.name = base_name(folder);
  return binary;
}

std::vector<BuiltBinary> DockerfileInterpreter::mains_of(const std::string& package,
                                                         const std::string& folder) const {
  Stage here;
  here.folder = folder;
  if (package.ends_with("...")) {
    const auto base = here.absolute(package.substr(0, package.size() - 3));
    const auto context = context_of(base);
    std::vector<BuiltBinary> result;
    for (const auto& main : scan_.mains)
      if (context && path_below(main.folder, *context)) result.push_back(main_in(main.folder, main.folder));
    return result;
  }
  const bool is_file = package.ends_with(".go");
  const auto path =
      is_file ? here.absolute(package.substr(
                    0, package.find_last_of('/') == std::string::npos ? 0 : package.find_last_of('/')))
              : here.absolute(package);
  const bool relative = is_file || package == "." || package == ".." || package.starts_with("./") ||
                        package.starts_with("../") || package.starts_with('/');
  if (relative) {
    const auto context = context_of(path);
    if (!context) return {};
    auto binary = main_in(*context, path);
    // Of files that are named go takes the first one's name.
    if (is_file && package.find('*') == std::string::npos)
      binary.name = base_name(package).substr(0, base_name(package).size() - 3);
    return {binary};
  }
  for (const auto& [module_folder, module] : scan_.modules)
    if (const auto rest = module.empty() ? std::nullopt : path_below(package, module)) {
      const auto context = join_path(module_folder, *rest);
      return {main_in(context.empty() ? "." : context, package)};
    }
  BuiltBinary binary;
  binary.spec.main = package;
  binary.name = executable_name(package);
  return {binary};
}

void DockerfileInterpreter::compile(Shell& shell, std::span<const std::string> words, bool installs) {
  const auto command = read_go_command(words);
  const auto system = text_of(shell.variables, "GOOS");
  if (!system.empty() && system != "linux" && !has_mark(system))
    return note(shell, Fate::not_translated,
                fmt::format("whittle builds for Linux alone, not for {}", system));
  for (const auto& [fate, what] : command.remarks) note(shell, fate, what);

  Stage here;
  here.folder = shell.folder;
  const auto folder = here.absolute(command.folder);
  here.folder = folder;
  std::vector<BuiltBinary> mains;
  for (const auto& package : command.packages.empty() ? std::vector<std::string>{"."} : command.packages) {
    if (package.find('@') != std::string::npos)
      return note(shell, stage_->is_front_end || !installs ? Fate::not_translated : Fate::not_needed,
                  "it is a program of another module: a tool is not needed in the image; to ship it, add it "
                  "to go.mod (`go get -tool`) and name its import path under `main`");
    for (auto& main : mains_of(package, folder)) {
      const bool known = std::any_of(mains.begin(), mains.end(), [&](const BuiltBinary& other) {
        return other.spec.main == main.spec.main;
      });
      if (!known) mains.push_back(std::move(main));
    }
  }
  if (mains.empty())
    return note(shell, Fate::not_translated,
                "it is not known which packages of the sources these are: write `main` into the spec");

  const auto gobin = text_of(shell.variables, "GOBIN");
  auto output = installs ? (gobin.empty() ? "/go/bin" : gobin) : here.absolute(command.output.value_or(""));
  const bool into = installs || !command.output || command.output->ends_with('/') || mains.size() > 1 ||
                    stage_->is_folder(output);
  std::string what;
  for (auto& main : mains) {
    main.spec.tags = command.tags;
    main.spec.ldflags = command.ldflags;
    main.spec.profile = command.profile;
    main.spec.inlining = command.inlining;
    main.spec.cgo = text_of(shell.variables, "CGO_ENABLED") == "1";
    main.without_cgo = text_of(shell.variables, "CGO_ENABLED") == "0";
    main.platform = platform_of(shell);
    main.line = shell.line;
    if (why_refused("main", yaml_scalar(main.spec.main)) != "") {
      note(shell, Fate::not_translated, why_refused("main", yaml_scalar(main.spec.main)));
      continue;
    }
    what += (what.empty() ? "main " : ", ") + main.spec.main;
    binaries_.push_back(main);
    StageFile file;
    file.path = into ? join_path(output, main.name) : output;
    file.origin = {Origin::Kind::binary, "", binaries_.size() - 1};
    file.line = shell.line;
    stage_->add(std::move(file));
  }
  stage_->compiles = true;
  if (!what.empty()) note(shell, Fate::translated, what);
}

}  // namespace whittle::builder
