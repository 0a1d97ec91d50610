#include "attribution/package_modules.hpp"

#include <fmt/format.h>

#include "binaries/go_symbol_name.hpp"

namespace whittle::attribution {
namespace {

std::string shown_module(const binaries::GoModule& module) {
  return module.version.empty() ? module.path : fmt::format("{} {}", module.path, module.version);
}

}  // namespace

PackageModules::PackageModules(const std::optional<binaries::BuildInfo>& info) {
  if (!info) return;
  main_path_ = info->path;
  for (const auto& dependency : info->dependencies)
    names_[dependency.module.path] =
        dependency.replacement
            ? fmt::format("{} => {}", shown_module(dependency.module), shown_module(*dependency.replacement))
            : shown_module(dependency.module);
  if (info->main_module) names_[info->main_module->path] = shown_module(*info->main_module);
}

std::string PackageModules::of(std::string_view package) const {
  if (package == "main" && !main_path_.empty() && main_path_ != "command-line-arguments") return of(main_path_);
  for (auto path = package;;) {
    if (const auto found = names_.find(path); found != names_.end()) return found->second;
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) break;
    path = path.substr(0, slash);
  }
  if (package == "main" && !names_.empty()) return std::string(unknown_module);
  // The first element of an import path outside of Go's own library has a dot (go help importpath).
  const auto first = package.substr(0, package.find('/'));
  const bool is_outside = first.find('.') != std::string_view::npos || package == "main" || main_path_ == package;
  return std::string(is_outside ? unknown_module : standard_library);
}

std::string package_of(std::string_view symbol) {
  if (symbol.starts_with("type:") || symbol.starts_with("type..")) {
    symbol.remove_prefix(5);
    for (const std::string_view what : {".eq.", ".hash.", ".eqfunc.", ".hashfunc."})
      if (symbol.starts_with(what)) symbol.remove_prefix(what.size());
    while (!symbol.empty() && std::string_view("*[].0123456789").find(symbol.front()) != std::string_view::npos)
      symbol.remove_prefix(1);
    // Types without a name belong to nobody.
    for (const std::string_view form : {"struct {", "interface {", "func(", "map[", "chan ", "go.shape."})
      if (symbol.starts_with(form)) return {};
  } else if (symbol.starts_with("go:itab.") || symbol.starts_with("go.itab.")) {
    symbol.remove_prefix(8);
    while (!symbol.empty() && symbol.front() == '*') symbol.remove_prefix(1);
  }
  return binaries::package_of_symbol(symbol);
}

}  // namespace whittle::attribution
