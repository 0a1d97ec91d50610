#include "packages/left_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

constexpr std::string_view documentation = "usr/share/doc/";

// `usr/share/zoneinfo/posix` is the same zones again, `right` the same with leap seconds, which neither Go
// nor the kernel's clock count; the lists of leap seconds are for making the latter.
const std::array<LeftOutRule, 8>& rules() {
  static const std::array<LeftOutRule, 8> all = {
      LeftOutRule{"bug-scripts", "what reportbug(1) runs", {"usr/share/bug"}},
      LeftOutRule{
          "certificates", "single certificates: the bundle has them all", {"usr/share/ca-certificates"}},
      LeftOutRule{
          "documentation", "documentation", {"usr/share/doc", "usr/share/doc-base", "usr/share/gtk-doc"}},
      LeftOutRule{"info", "info pages", {"usr/share/info"}},
      LeftOutRule{"lintian", "what lintian(1) reads", {"usr/share/lintian"}},
      LeftOutRule{"locales", "translations, and locales but C.UTF-8", {"usr/share/locale", "usr/lib/locale"}},
      LeftOutRule{"manuals", "manual pages", {"usr/share/man"}},
      LeftOutRule{"zones",
                  "time zones a second and a third time",
                  {"usr/share/zoneinfo/posix", "usr/share/zoneinfo/right", "usr/share/zoneinfo/leapseconds",
                   "usr/share/zoneinfo/leap-seconds.list"}},
  };
  return all;
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool stays(std::string_view path) {
  return is_copyright(path) || is_at_or_below(path, "usr/lib/locale/C.utf8") ||
         is_at_or_below(path, "usr/lib/locale/C.UTF-8");
}

}  // namespace

std::span<const LeftOutRule> left_out_rules() {
  return rules();
}

LeftOutRules::LeftOutRules(const std::vector<std::string>& keep) : kept_(rules().size()) {
  std::vector<std::string_view> names;
  for (const auto& rule : rules()) names.push_back(rule.name);
  for (const auto& name : keep) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      kept_[static_cast<std::size_t>(found - names.begin())] = true;
      continue;
    }
    Error error(ErrorKind::spec, fmt::format("{} is nothing that is left out of packages", shown(name)));
    if (const auto near = nearest(name, names)) error.hint(fmt::format("did you mean `{}`?", *near));
    throw error;
  }
}

std::optional<std::size_t> LeftOutRules::rule_for(std::string_view path) const {
  if (stays(path)) return std::nullopt;
  for (std::size_t i = 0; i < rules().size(); ++i) {
    const auto& paths = rules()[i].paths;
    if (!kept_[i] &&
        std::any_of(paths.begin(), paths.end(), [&](auto one) { return is_at_or_below(path, one); }))
      return i;
  }
  return std::nullopt;
}

bool is_documentation_of_a_package(std::string_view path) {
  return path.starts_with(documentation) && path.find('/', documentation.size()) == std::string_view::npos;
}

bool is_copyright(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash != std::string_view::npos && is_documentation_of_a_package(path.substr(0, slash)) &&
         path.substr(slash + 1).starts_with("copyright");
}

}  // namespace whittle::packages
