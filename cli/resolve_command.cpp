// whittle resolve: manifests with the digests of the images that they name, built and pushed.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "builder/go_project.hpp"
#include "cli/build_flags.hpp"
#include "cli/commands.hpp"
#include "cli/manifest_images.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "deploying/folder_watch.hpp"
#include "deploying/manifest_files.hpp"
#include "deploying/manifest_text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

struct ResolveFlags {
  std::vector<std::string> files;
  bool recursive = false;
  std::string to;
  bool watch = false;
  BuildFlags build;
};

std::string one_line_name(const fs::path& path) {
  return path == "-" ? "standard input" : path.native();
}

// The manifests as they are now; standard input as it was the first time.
std::vector<deploying::ManifestText> read_texts(const ResolveFlags& flags,
                                                std::optional<std::string>& standard_input) {
  std::vector<deploying::ManifestText> texts;
  for (const auto& name : flags.files) {
    if (name == "-" && standard_input) {
      texts.emplace_back(*standard_input, one_line_name(name));
      continue;
    }
    for (auto& file : deploying::read_manifests({name}, flags.recursive, STDIN_FILENO)) {
      if (name == "-") standard_input = file.text;
      texts.emplace_back(std::move(file.text), one_line_name(file.path));
    }
  }
  return texts;
}

// Where the images go: with --to below that, whatever the spec says.
void set_destinations(builder::Spec& spec, const std::string& to) {
  if (to.empty()) return;
  for (auto& image : spec.images) {
    image.push = {fmt::format("{}/{}", to, image.name)};
    if (registry::Place::parse(image.push.front()).kind != registry::Place::Kind::registry)
      throw Error(ErrorKind::usage, fmt::format("--to {} is not a place in a registry", shown(to)))
          .hint("name a registry and a path: registry.example.com/shop");
  }
}

// From the name of an image to "registry/repository@sha256:…".
std::map<std::string, std::string> delivered(const ManifestImages& images, const ResolveFlags& flags,
                                             Session& session) {
  std::map<std::string, std::string> references;
  if (images.spec.images.empty()) return references;
  Phases phases;
  for (const auto& result : build_as_told(images.spec, flags.build, phases, session)) {
    session.reporter().note(
        fmt::format("{}: {}", result.image, result.compiled ? "compiled" : "nothing changed"));
    references.emplace(result.image, result.places.front());
  }
  return references;
}

// Reads, builds and pushes; what is to be printed then.
std::string resolved(const ResolveFlags& flags, std::optional<std::string>& standard_input,
                     Session& session) {
  const auto texts = read_texts(flags, standard_input);
  const auto& working = session.host().working_directory;
  auto images = images_of(texts, find_spec(flags.build.images.file, working, session.limits()), working);
  set_destinations(images.spec, flags.to);
  const auto references = delivered(images, flags, session);
  std::vector<std::string> results;
  for (const auto& text : texts)
    results.push_back(text.resolved(
        [&](const deploying::Mention& mention) { return references.at(images.names.at(mention.image())); }));
  return deploying::joined(results);
}

// Everything that a build reads from here: the folder of the spec, the modules around it, and the manifests.
void watch_inputs(deploying::FolderWatch& watch, const ResolveFlags& flags, Session& session) {
  const auto& working = session.host().working_directory;
  for (const auto& name : flags.files) {
    std::error_code ignored;
    if (name == "-") continue;
    if (fs::is_directory(name, ignored))
      watch.add_tree(name);
    else
      watch.add_file(name);
  }
  if (!flags.build.images.file.empty()) watch.add_file(flags.build.images.file);
  const auto spec =
      flags.build.images.file.empty() ? working : fs::absolute(flags.build.images.file).parent_path();
  watch.add_tree(spec);
  std::error_code ignored;
  for (auto folder = spec.lexically_normal();; folder = folder.parent_path()) {
    for (const auto* name : {"go.mod", "go.work"})
      if (fs::exists(folder / name, ignored)) {
        watch.add_tree(folder);
        for (const auto& other : builder::named_folders(folder / name)) watch.add_tree(other);
      }
    if (folder == folder.parent_path() || fs::exists(folder / ".git", ignored)) return;
  }
}

void tell(const Error& error, Reporter& reporter) {
  reporter.warn(error.message());
  for (const auto& hint : error.hints()) reporter.note("  hint: " + hint);
}

// Prints again whenever what there is to print has changed. What fails is told, and tried again after the
// next change.
void run_watch(const ResolveFlags& flags, Session& session) {
  deploying::FolderWatch watch({session.cache_folder()}, session.stop());
  std::optional<std::string> standard_input;
  std::string last;
  do {
    watch_inputs(watch, flags, session);  // again each time: there may be new modules
    try {
      auto text = resolved(flags, standard_input, session);
      if (!text.ends_with('\n')) text += '\n';
      if (text != last) session.print(last.empty() || text.starts_with("---") ? text : "---\n" + text);
      last = std::move(text);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::internal) throw;
      tell(error, session.reporter());
    }
    session.reporter().note("watching for changes; ctrl-c ends it");
  } while (watch.wait());
}

void run_resolve(const ResolveFlags& flags, Session& session) {
  if (flags.watch) return run_watch(flags, session);
  std::optional<std::string> standard_input;
  session.print(resolved(flags, standard_input, session));
}

}  // namespace

void add_resolve(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<ResolveFlags>();
  flags->build.push = true;
  auto* command = app.add_subcommand(
      "resolve", "Build and push the images that manifests name, and print the manifests with their digests");
  command
      ->add_option("-f,--file", flags->files,
                   "A manifest, a folder of them, or - for standard input; repeatable")
      ->required()
      ->allow_extra_args(false);
  command->add_flag("-R,--recursive", flags->recursive, "Look into the folders in a folder as well");
  command->add_option("--to", flags->to,
                      "Push to TO/NAME, instead of the `push:` of each image and WHITTLE_PUSH/NAME");
  command->add_flag("--watch", flags->watch, "Go on: build and print again when something changed");
  command->add_option("--spec", flags->build.images.file, "The spec (default: whittle.yaml here)");
  add_build_settings(*command, flags->build);
  command->callback([flags, choose] { choose([flags](Session& session) { run_resolve(*flags, session); }); });
}

}  // namespace whittle::cli
