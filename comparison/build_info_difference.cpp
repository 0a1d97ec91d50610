#include "comparison/build_info_difference.hpp"

#include <fmt/format.h>

#include <map>

#include "comparison/map_difference.hpp"

namespace whittle::comparison {
namespace {

using Values = std::map<std::string, std::string>;

// "v0.14.0 h1:…" or "v0.14.0 => ../text", so that two of them differ where the bytes of the module may
// differ.
std::string text_of(const binaries::BuildInfo::Dependency& dependency) {
  const auto& module = dependency.module;
  const auto with_sum = [](std::string text, const std::string& sum) {
    return sum.empty() ? text : text + " " + sum;
  };
  if (!dependency.replacement) return with_sum(module.version, module.sum);
  const auto& other = *dependency.replacement;
  auto text = fmt::format("{} => {}", module.version, other.path);
  if (!other.version.empty()) text += " " + other.version;
  return with_sum(std::move(text), other.sum);
}

Values modules_of(const binaries::BuildInfo& info) {
  Values values;
  for (const auto& dependency : info.dependencies) values[dependency.module.path] = text_of(dependency);
  return values;
}

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

void compare_build_info(const std::optional<binaries::BuildInfo>& a,
                        const std::optional<binaries::BuildInfo>& b, const Where& where, Findings& findings) {
  const auto compare = [&](const char* name, const char* aspect, const std::optional<std::string>& x,
                           const std::optional<std::string>& y) {
    if (x == y) return;
    findings.add({below(where, name), aspect, x, y});
  };
  if (a.has_value() != b.has_value())
    compare("Go build information", "go-build-info", a ? std::optional(a->go_version) : std::nullopt,
            b ? std::optional(b->go_version) : std::nullopt);
  if (!a || !b) return;
  compare("Go version", "go-version", a->go_version, b->go_version);
  compare("main package", "go-main-package", if_any(a->path), if_any(b->path));
  const auto main_module = [](const binaries::BuildInfo& info) {
    return info.main_module ? if_any(fmt::format("{} {}", info.main_module->path, info.main_module->version))
                            : std::nullopt;
  };
  compare("main module", "go-main-module", main_module(*a), main_module(*b));
  compare_maps(modules_of(*a), modules_of(*b), "go-module", where, findings, "module ");
  const auto settings = [](const binaries::BuildInfo& info) {
    return Values(info.settings.begin(), info.settings.end());
  };
  compare_maps(settings(*a), settings(*b), "go-setting", where, findings, "setting ");
}

}  // namespace whittle::comparison
