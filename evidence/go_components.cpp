#include "evidence/go_components.hpp"

#include <fmt/format.h>

#include "common/text.hpp"

namespace whittle::evidence {
namespace {

using binaries::BuildInfo;
using binaries::GoModule;

// "(devel)" is what go says of a module that it took from a folder: that is no version.
std::string version_of(const GoModule& module) {
  return module.version == "(devel)" ? std::string() : as_utf8(module.version);
}

std::string named(const GoModule& module) {
  return as_utf8(module.version.empty() ? module.path : fmt::format("{} {}", module.path, module.version));
}

// `replace a => ../b`: a path that leads out of the module says something of the machine (hostile 248) where
// it is absolute.
bool is_folder(const GoModule& module) {
  return module.path.starts_with('/') || module.path.starts_with("./") || module.path.starts_with("../") ||
         module.path == "." || module.path == "..";
}

Component module_of(const BuildInfo::Dependency& dependency) {
  Component component;
  const auto& module = dependency.effective();
  if (dependency.replacement &&
      is_folder(module)) {  // of the module it stands for it has the name, not the bytes
    component.name = as_utf8(dependency.module.path);
    component.remark =
        fmt::format("{} is replaced by {}", named(dependency.module),
                    module.path.starts_with('/') ? "a folder" : "the folder " + as_utf8(module.path));
    return component;
  }
  component.name = as_utf8(module.path);
  component.version = version_of(module);
  component.sum = as_utf8(module.sum);
  if (dependency.replacement) component.remark = "in place of " + named(dependency.module);
  return component;
}

// "go1.26.8 X:experiments" is 1.26.8; "devel go1.27-abc" stays.
Component standard_library(const std::string& go_version) {
  Component library{.kind = Component::Kind::go_standard_library, .name = "stdlib"};
  library.version =
      as_utf8(go_version.starts_with("go") ? go_version.substr(2, go_version.find(' ') - 2) : go_version);
  library.licence = "BSD-3-Clause";
  return library;
}

}  // namespace

std::vector<Component> components_of(const BuildInfo& info, const std::string& path, const Digest& digest) {
  std::vector<Component> components(1);
  if (info.main_module)
    components.push_back({.name = as_utf8(info.main_module->path),
                          .version = version_of(*info.main_module),
                          .sum = as_utf8(info.main_module->sum)});
  for (const auto& dependency : info.dependencies) components.push_back(module_of(dependency));
  components.push_back(standard_library(info.go_version));
  Component program{.kind = Component::Kind::program, .name = as_utf8(path), .digest = digest};
  if (info.main_module) program.made_from = components[1].id();
  for (std::size_t i = info.main_module ? 2 : 1; i < components.size(); ++i)
    program.uses.insert(components[i].id());
  components.front() = std::move(program);
  for (auto& component : components) component.origins.insert(as_utf8(path));
  return components;
}

}  // namespace whittle::evidence
