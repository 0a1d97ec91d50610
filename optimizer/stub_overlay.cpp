#include "optimizer/stub_overlay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/error.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

using builder::ListedPackage;

bool lies_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

bool has_assembly(const ListedPackage& package) {
  return std::any_of(package.files.begin(), package.files.end(),
                     [](const std::string& file) { return file.ends_with(".s"); });
}

// All files of the module's packages in the program, where a module in `to` would have them.
void move_module(const std::string& module, const std::vector<ListedPackage>& all, const fs::path& to,
                 std::map<std::string, std::string>& replace) {
  std::map<std::string, std::string> moved;
  for (const auto& package : all) {
    if (package.module != module) continue;
    const auto relative = package.folder.lexically_relative(package.module_folder);
    auto files = package.files;
    files.insert(files.end(), package.other_files.begin(), package.other_files.end());
    for (const auto& file : files) {
      const auto from = (package.folder / file).native();
      const auto stub = replace.find(from);
      moved[(to / relative / file).lexically_normal().native()] = stub == replace.end() ? from : stub->second;
      if (stub != replace.end()) replace.erase(stub);
    }
    moved[(to / "go.mod").native()] = package.module_file.native();
  }
  replace.merge(moved);
}

}  // namespace

Json stub_request(std::span<const ListedPackage* const> packages, const std::vector<ListedPackage>& all,
                  const fs::path& folder) {
  Json names = Json::object();
  for (const auto& package : all) names[package.import_path] = package.name;
  Json list = Json::array();
  for (const auto* package : packages)
    list.push_back({{"Folder", package->folder.native()},
                    {"Files", package->compiled},
                    {"Whole", has_assembly(*package)}});
  return {{"Folder", folder.native()}, {"Names", names}, {"Packages", list}};
}

StubOverlay overlay_for(const Json& printed, std::span<const ListedPackage* const> packages,
                        const std::vector<ListedPackage>& all, const fs::path& module_cache,
                        const fs::path& folder) {
  StubOverlay result;
  std::map<std::string, std::string> replace;
  try {
    replace = printed.at("Replace").get<std::map<std::string, std::string>>();
  } catch (const Json::exception&) {
    throw Error(ErrorKind::toolchain,
                "the program that makes empty packages printed something else than an overlay");
  }
  std::set<std::string> modules;
  for (const auto* package : packages) {
    if (!lies_below(package->folder, module_cache) || !modules.insert(package->module).second) continue;
    const auto to = folder / fmt::format("module{}", modules.size());
    move_module(package->module, all, to, replace);
    result.go_mod_lines +=
        fmt::format("\nreplace {} {} => {}\n", package->module, package->module_version, to.native());
  }
  result.overlay = {{"Replace", replace}};
  return result;
}

}  // namespace whittle::optimizer
