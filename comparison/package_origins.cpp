#include "comparison/package_origins.hpp"

#include <algorithm>

namespace whittle::comparison {

bool is_of_module(std::string_view package, std::string_view module) {
  return !module.empty() && package.starts_with(module) &&
         (package.size() == module.size() || package[module.size()] == '/');
}

PackageOrigins::PackageOrigins(const std::optional<binaries::BuildInfo>& info) {
  if (!info) return;
  if (info->main_module) main_module_ = info->main_module->path;
  for (const auto& dependency : info->dependencies) dependencies_.push_back(dependency.module.path);
}

Origin PackageOrigins::of(std::string_view package) const {
  if (package == "main") return Origin::program;
  // A dependency may lie below the main module's path, and the other way round: the longest path wins.
  std::size_t longest = is_of_module(package, main_module_) ? main_module_.size() : 0;
  Origin origin = Origin::program;
  for (const auto& path : dependencies_)
    if (path.size() > longest && is_of_module(package, path)) {
      longest = path.size();
      origin = Origin::dependency;
    }
  if (longest > 0) return origin;
  // The first element of an import path outside of Go's own library has a dot (go help importpath).
  const auto first = package.substr(0, package.find('/'));
  return first.find('.') == std::string_view::npos ? Origin::toolchain : Origin::dependency;
}

}  // namespace whittle::comparison
