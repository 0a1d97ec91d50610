#include "cli/wanted_images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <CLI/CLI.hpp>

#include <filesystem>

#include "builder/go_project.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

bool is_package(std::string_view text) {
  return text == "." || text == ".." || text.find('/') != std::string_view::npos;
}

// The image name for a package: what its executable would be called, or the last element of the module's
// path.
std::string image_name_of(const fs::path& folder, const std::string& package) {
  std::string name = builder::executable_name(package);
  if (name.empty()) {
    const fs::path start = (folder / package).lexically_normal();
    name = builder::executable_name(builder::module_path(start));
    if (name.empty()) name = builder::executable_name(start.parent_path() / start.filename());
  }
  std::string lower;
  for (const char c : name)
    lower += c >= 'A' && c <= 'Z'                               ? static_cast<char>(c + 32)
             : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c
                                                                : '-';
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

const builder::ImageSpec& image_named(const builder::Spec& spec, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& image : spec.images) {
    if (image.name == name) return image;
    names.push_back(image.name);
  }
  const auto near = nearest(name, names);
  throw Error(ErrorKind::usage, fmt::format("{} has no image {}{}", spec.file.native(), shown(name),
                                            near ? fmt::format("; did you mean {}?", *near) : ""))
      .hint(fmt::format("it has {}; a package is written with a slash: ./{}", fmt::join(names, ", "),
                        escaped(name)));
}

}  // namespace

layers::Platform host_platform() {
  struct utsname name {};
  ::uname(&name);
  return layers::Platform::normal("linux", name.machine, "");
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
  return builder::spec_for_package(folder, main_relative_to(folder, working, package),
                                   image_name_of(working, package))
      .images.front();
}

std::optional<builder::Spec> find_spec(const std::string& file, const fs::path& working,
                                       const Limits& limits) {
  std::error_code ignored;
  if (file.empty() && !fs::exists(working / "whittle.yaml", ignored)) return std::nullopt;
  auto spec = builder::read_spec(file.empty() ? "whittle.yaml" : file, limits);
  spec.folder = fs::absolute(spec.folder).lexically_normal();
  if (spec.folder.native().size() > 1 && spec.folder.native().ends_with('/'))
    spec.folder = spec.folder.parent_path();
  return spec;
}

// The spec with just the images that were asked for.
builder::Spec spec_of(const WantedImages& wanted, const fs::path& working, const Limits& limits) {
  const auto found = find_spec(wanted.file, working, limits);
  if (!found && wanted.names.empty())
    throw Error(ErrorKind::usage, "there is no whittle.yaml here, and no package was named")
        .hint("name one: `whittle build ./cmd/api`, or `whittle build .`");
  builder::Spec spec = found ? *found : builder::Spec{};
  if (!found) spec.folder = working;
  if (wanted.names.empty()) return spec;
  std::vector<builder::ImageSpec> images;
  for (const auto& name : wanted.names) {
    if (is_package(name))
      images.push_back(image_for_package(found, working, name));
    else if (found)
      images.push_back(image_named(*found, name));
    else
      throw Error(ErrorKind::usage,
                  fmt::format("there is no whittle.yaml here that could have an image {}", shown(name)))
          .hint(fmt::format("a package is written with a slash: ./{}", name));
  }
  spec.images = std::move(images);
  return spec;
}

void add_wanted_images(CLI::App& command, WantedImages& wanted) {
  command.add_option("IMAGE|PACKAGE", wanted.names,
                     "Images of the spec, or packages (./cmd/api); all images when none is named");
  command.add_option("-f,--file", wanted.file, "The spec (default: whittle.yaml here)");
}

void add_lock_flags(CLI::App& command, LockFlags& flags) {
  auto* locked = command.add_flag("--locked", flags.locked,
                                  "Refuse a lock that is missing or stale (the default where CI is set)");
  command.add_flag("--no-locked", flags.not_locked, "Complete such a lock, also where CI is set")
      ->excludes(locked);
  command.add_flag("--offline", flags.offline, "Fetch nothing: the cache has to be enough");
}

bool is_locked(const LockFlags& flags, const builder::Host& host) {
  const auto ci = host.variable("CI");
  return flags.locked || (!flags.not_locked && ci && *ci != "false" && *ci != "0");
}

std::chrono::sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace whittle::cli
