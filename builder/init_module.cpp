#include "builder/init_module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view working_dir = "/app";

// The executable's name; where another image has it already, the folder's words are put in front of it.
std::string name_for(const FoundMain& main, const std::set<std::string>& taken) {
  const auto name = image_name_from(main.name);
  if (!taken.contains(name)) return name;
  const auto longer = image_name_from(main.folder);
  if (!taken.contains(longer)) return longer;
  for (std::size_t i = 2;; ++i)
    if (const auto numbered = fmt::format("{}-{}", name, i); !taken.contains(numbered)) return numbered;
}

InitImage image_for(const FoundMain& main, const std::string& name) {
  InitImage image;
  image.name = name;
  image.binaries.push_back({main.folder == "." ? "." : "./" + main.folder});
  for (const auto& port : main.ports)
    image.ports.push_back(
        {port.protocol == "tcp" ? std::to_string(port.port) : fmt::format("{}/{}", port.port, port.protocol),
         fmt::format("found in {}", port.where.text())});
  for (const auto& path : main.paths)
    image.files.push_back({.from = path.from,
                           .to = fmt::format("{}/{}", working_dir, path.path),
                           .note = fmt::format("found in {}", path.where.text())});
  if (!image.files.empty()) image.working_dir = {std::string(working_dir), "relative paths lead there"};
  return image;
}

void note_files_refused(InitImage& image, std::vector<std::string>& notes) {
  std::erase_if(image.files, [&](const InitFile& file) {
    const auto why = why_refused(
        "files", fmt::format("[{{from: {}, to: {}}}]", yaml_scalar(file.from), yaml_scalar(file.to)));
    if (!why.empty())
      notes.push_back(fmt::format("{}: {} is left out: {}", image.name, shown(file.from), escaped(why)));
    return !why.empty();
  });
  if (image.files.empty()) image.working_dir = {};
}

}  // namespace

Noted go_version_of(const SourceScan& scan) {
  if (scan.go_version.empty() || !is_go_version(scan.go_version)) return {};
  return {scan.go_version, "the toolchain line of go.mod"};
}

ModuleDraft draft_for_module(const SourceScan& scan) {
  ModuleDraft draft;
  draft.spec.comments = {
      "Written by `whittle init`. `whittle build` builds all images, `whittle build NAME` one of them;",
      "`whittle schema` prints every key there is."};
  draft.spec.go_version = go_version_of(scan);
  std::set<std::string> names;
  std::size_t with_cgo = 0;
  for (const auto& main : scan.mains) {
    const auto main_path = main.folder == "." ? "." : "./" + main.folder;
    if (const auto why = why_refused("main", yaml_scalar(main_path)); !why.empty()) {
      draft.notes.push_back(fmt::format("{} is left out: {}", shown(main.folder), escaped(why)));
      continue;
    }
    auto image = image_for(main, name_for(main, names));
    if (main.cgo) {
      ++with_cgo;
      const auto where = main.cgo->text();
      image.binaries.front().cgo = true;
      image.comments.push_back(
          fmt::format("{} imports \"C\": a C compiler has to be installed, musl-gcc best", where));
      draft.notes.push_back(fmt::format(
          "{}: {} imports \"C\", so it has `cgo: static`; a build needs a C compiler", image.name, where));
    }
    names.insert(image.name);
    note_files_refused(image, draft.notes);
    draft.spec.images.push_back(std::move(image));
  }
  for (const auto& folder : scan.other_modules)
    draft.notes.push_back(fmt::format("{} is a module of its own: `whittle init {}` writes its spec",
                                      escaped(folder), escaped(folder)));
  if (!scan.is_complete)
    draft.notes.push_back(fmt::format("only the first {} files, {} folders deep, were looked at",
                                      most_scanned_files, deepest_scanned_folder));
  if (draft.spec.images.empty())
    throw Error(ErrorKind::unsupported, scan.modules.empty()
                                            ? "there is no go.mod here or below"
                                            : "there is no main package here: nothing to make an image of")
        .hint("run it in the folder of a Go module with a command: `package main` and `func main()`");
  std::size_t ports = 0;
  std::size_t files = 0;
  for (const auto& image : draft.spec.images) {
    ports += image.ports.size();
    files += image.files.size();
  }
  draft.notes.insert(draft.notes.begin(),
                     fmt::format("found {}: {}, {}{}", plural(draft.spec.images.size(), "main package"),
                                 plural(ports, "port"), plural(files, "data path"),
                                 with_cgo > 0 ? fmt::format(", {} with cgo", with_cgo) : ""));
  return draft;
}

}  // namespace whittle::builder
