// whittle build: images of a spec, or a Go package without one.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <algorithm>

#include "builder/build.hpp"
#include "builder/go_environment.hpp"
#include "builder/go_project.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

struct BuildFlags {
  std::vector<std::string> wanted;  // images or packages
  std::string file;
  std::vector<std::string> outputs;
  bool push = false;
  std::vector<std::string> tags;
  std::vector<std::string> platforms;
  std::string profile;
  std::string result;
};

bool is_package(std::string_view text) { return text == "." || text == ".." || text.find('/') != std::string_view::npos; }

layers::Platform host_platform() {
  struct utsname name {};
  ::uname(&name);
  return layers::Platform::normal("linux", name.machine, "");
}

// The image name for a package: what its executable would be called, or the last element of the module's path.
std::string image_name_of(const fs::path& folder, const std::string& package) {
  std::string name = builder::executable_name(package);
  if (name.empty()) {
    const fs::path start = (folder / package).lexically_normal();
    name = builder::executable_name(builder::module_path(start));
    if (name.empty()) name = builder::executable_name(start.parent_path() / start.filename());
  }
  std::string lower;
  for (const char c : name)
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  while (!lower.empty() && lower.front() == '-') lower.erase(0, 1);
  while (!lower.empty() && lower.back() == '-') lower.pop_back();
  return lower.empty() ? "app" : lower;
}

// "./cmd/api" relative to the working folder, as the spec of `folder` would write it.
std::string main_relative_to(const fs::path& folder, const fs::path& working, const std::string& package) {
  if (!package.starts_with('.') && !package.starts_with('/')) return package;
  const auto relative = (working / package).lexically_normal().lexically_relative(folder).native();
  return relative == "." ? "." : relative.starts_with("..") ? relative : "./" + relative;
}

std::optional<builder::Spec> find_spec(const BuildFlags& flags, const fs::path& working) {
  if (!flags.file.empty()) return builder::read_spec(flags.file);
  std::error_code ignored;
  if (fs::exists(working / "whittle.yaml", ignored)) return builder::read_spec("whittle.yaml");
  return std::nullopt;
}

const builder::ImageSpec& image_named(const builder::Spec& spec, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& image : spec.images) {
    if (image.name == name) return image;
    names.push_back(image.name);
  }
  const auto near = nearest(name, names);
  throw Error(ErrorKind::usage, fmt::format("{} has no image {}{}", spec.file.native(), shown(name),
                                            near ? fmt::format("; did you mean {}?", *near) : ""))
      .hint(fmt::format("it has {}; a package is written with a slash: ./{}", fmt::join(names, ", "), escaped(name)));
}

builder::ImageSpec image_for_package(const std::optional<builder::Spec>& spec, const fs::path& working,
                                     const std::string& package) {
  if (spec) {
    const auto main = main_relative_to(fs::absolute(spec->folder).lexically_normal(), working, package);
    for (const auto& image : spec->images)
      if (image.binaries.size() == 1 &&
          fs::path(image.binaries.front().main).lexically_normal() == fs::path(main).lexically_normal())
        return image;
  }
  const fs::path folder = spec ? fs::absolute(spec->folder).lexically_normal() : working;
  return builder::spec_for_package(folder, main_relative_to(folder, working, package), image_name_of(working, package))
      .images.front();
}

// The spec with just the images that were asked for.
builder::Spec resolve(const BuildFlags& flags, const fs::path& working) {
  const auto found = find_spec(flags, working);
  if (!found && flags.wanted.empty())
    throw Error(ErrorKind::usage, "there is no whittle.yaml here, and no package was named")
        .hint("name one: `whittle build ./cmd/api`, or `whittle build .`");
  builder::Spec spec = found ? *found : builder::Spec{};
  spec.folder = found ? fs::absolute(found->folder).lexically_normal() : working;
  if (spec.folder.native().size() > 1 && spec.folder.native().ends_with('/')) spec.folder = spec.folder.parent_path();
  if (flags.wanted.empty()) return spec;
  std::vector<builder::ImageSpec> images;
  for (const auto& wanted : flags.wanted) {
    if (is_package(wanted)) images.push_back(image_for_package(found, working, wanted));
    else if (found) images.push_back(image_named(*found, wanted));
    else throw Error(ErrorKind::usage, fmt::format("there is no whittle.yaml here that could have an image {}", shown(wanted)))
             .hint(fmt::format("a package is written with a slash: ./{}", wanted));
  }
  spec.images = std::move(images);
  return spec;
}

builder::BuildOptions options_of(const BuildFlags& flags, Session& session) {
  builder::BuildOptions options;
  for (const auto& output : flags.outputs) options.outputs.push_back(registry::Place::parse(output));
  options.push = flags.push;
  options.push_prefix = session.host().variable("WHITTLE_PUSH").value_or("");
  options.tags = flags.tags;
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  if (flags.profile == "debug") options.profile = builder::Profile::debug;
  if (flags.profile == "small") options.profile = builder::Profile::small;
  options.epoch = session.epoch();
  options.jobs = session.jobs();
  options.host_platform = host_platform();
  return options;
}

Json to_json(const builder::BuildResult& result) {
  Json places = Json::array();
  for (const auto& place : result.places) places.push_back(as_utf8(place));
  Json platforms = Json::array();
  for (const auto& built : result.platforms) {
    Json own = Json::array();
    for (const auto& layer : built.image.layers)
      own.push_back({{"what", layer.what},
                     {"digest", layer.layer.descriptor.digest.text()},
                     {"diffID", layer.layer.diff_id.text()},
                     {"size", layer.layer.descriptor.size},
                     {"uncompressedSize", layer.layer.uncompressed_size},
                     {"written", layer.written}});
    platforms.push_back({{"platform", built.platform.text()},
                         {"manifest", built.image.manifest.digest.text()},
                         {"size", built.image.size},
                         {"layers", own}});
  }
  return {{"name", result.image},
          {"digest", result.root.digest.text()},
          {"mediaType", result.root.media_type},
          {"platforms", platforms},
          {"places", places},
          {"compiled", result.compiled}};
}

void run_build(const BuildFlags& flags, Session& session) {
  const auto spec = resolve(flags, session.host().working_directory);
  const auto options = options_of(flags, session);
  session.check_streams({}, options.outputs);
  for (const auto& name : builder::ignored_variables(session.host()))
    session.reporter().verbose(fmt::format("{} is set here and not passed on to go", name));
  const auto results = builder::build_images(spec, options, session.host(), session.cache(), session.access(),
                                             session.reporter(), session.stop());
  Json images = Json::array();
  std::string lines;
  for (const auto& result : results) {
    for (const auto& place : result.places) lines += place + "\n";
    std::uint64_t size = 0;
    for (const auto& platform : result.platforms) size += platform.image.size;
    session.reporter().note(fmt::format("{}: {}, {}{}", result.image, human_size(size),
                                        result.compiled ? "compiled" : "nothing changed",
                                        result.platforms.size() > 1 ? fmt::format(", {} platforms", result.platforms.size()) : ""));
    images.push_back(to_json(result));
  }
  if (!flags.result.empty())
    write_file(flags.result, canonical({{"schemaVersion", 1}, {"images", images}}) + "\n", AtomicFile::Durability::synced);
  session.print(lines);
}

}  // namespace

void add_build(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<BuildFlags>();
  auto* command = app.add_subcommand("build", "Build the images of whittle.yaml, or a Go package");
  command->add_option("IMAGE|PACKAGE", flags->wanted, "Images of the spec, or packages (./cmd/api); all images when none is named");
  command->add_option("-f,--file", flags->file, "The spec (default: whittle.yaml here)");
  command->add_option("-o,--output", flags->outputs, "A place to write to: a registry reference, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REF], "
                      "docker-daemon:REF, local:NAME; repeatable");
  command->add_flag("--push", flags->push, "Push to the `push:` of each image, or to WHITTLE_PUSH/NAME");
  command->add_option("--tag", flags->tags, "Tag instead of those of the spec; repeatable");
  command->add_option("--platform", flags->platforms, "Platform instead of those of the spec, e.g. linux/arm64; repeatable")->delimiter(',');
  command->add_option("--profile", flags->profile, "debug keeps symbols, small strips")->check(CLI::IsMember({"debug", "small"}));
  command->add_option("--result", flags->result, "Write a JSON record of the build to this file");
  command->callback([flags, choose] { choose([flags](Session& session) { run_build(*flags, session); }); });
}

}  // namespace whittle::cli
