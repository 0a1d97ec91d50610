#include "slimming/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::slimming {
namespace {

constexpr std::array<Rule, 7> all_rules = {
    Rule{"documentation", "manual and info pages, documentation of packages but licences"},
    Rule{"duplicates", "files with the same bytes as another one become hard links to it"},
    Rule{"locales", "translations and locales of other languages than the image's"},
    Rule{"logs", "logs of root below /var/log"},
    Rule{"package-caches", "what apt, dpkg, apk, dnf, yum, pip, npm, yarn and go download or can make anew"},
    Rule{"symbols", "symbol tables and debug information of ELF files"},
    Rule{"temporary", "files below /tmp and /var/tmp"},
};

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}
template <std::size_t Count>
bool is_below_any(std::string_view path, const std::array<std::string_view, Count>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](auto folder) { return is_below(path, folder); });
}

std::size_t depth_below(std::string_view path, std::string_view folder) {
  const auto rest = path.substr(folder.size());
  return static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/'));
}

// ---- Package managers

constexpr std::array<std::string_view, 10> cache_folders = {
    "var/lib/apt/lists", "var/cache/apt",  "var/cache/apk",          "var/cache/dnf", "var/cache/libdnf5",
    "var/cache/yum",     "var/cache/zypp", "usr/local/share/.cache", "var/cache/man", "var/cache/pacman/pkg"};
// Of these, what stands in any home.
constexpr std::array<std::string_view, 7> cache_names = {"/.cache/pip/",  "/.npm/_cacache/",   "/.npm/_logs/",
                                                         "/.cache/yarn/", "/.cache/go-build/", "/.cache/uv/",
                                                         "/.cache/pnpm/"};

bool is_package_cache(std::string_view path) {
  if (is_below_any(path, cache_folders)) return true;
  if (is_below(path, "var/cache/debconf") ||
      (is_below(path, "var/lib/dpkg") && depth_below(path, "var/lib/dpkg") == 1))
    return path.ends_with("-old");
  if (path == "var/cache/ldconfig/aux-cache") return true;
  return std::any_of(cache_names.begin(), cache_names.end(),
                     [&](auto name) { return path.find(name) != std::string_view::npos; });
}

// ---- Documentation

constexpr std::string_view doc = "usr/share/doc";
constexpr std::array<std::string_view, 11> doc_folders = {
    "usr/share/man",        "usr/share/info",      "usr/share/doc",   "usr/share/doc-base",
    "usr/share/gtk-doc",    "usr/share/lintian",   "usr/share/linda", "usr/local/share/man",
    "usr/local/share/info", "usr/local/share/doc", "usr/local/man"};

// The terms something comes under are to stay with it.
bool is_licence(std::string_view path) {
  static constexpr std::array<std::string_view, 6> beginnings = {"copyright", "licen",     "copying",
                                                                 "notice",    "unlicense", "authors"};
  std::string name(layers::name_of_path(path));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::any_of(beginnings.begin(), beginnings.end(), [&](auto one) { return name.starts_with(one); });
}

bool is_documentation(std::string_view path, bool is_regular) {
  if (!is_below_any(path, doc_folders) || is_licence(path)) return false;
  // A package's folder may be a link to that of another, where its licence is.
  return is_regular || !(is_below(path, doc) && depth_below(path, doc) == 1);
}

// ---- Locales

// "de_AT.UTF-8@euro" is of "de_at" and "de".
std::string language_of(std::string_view locale) {
  std::string name(locale.substr(0, locale.find_first_of(".@")));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

std::string_view component_below(std::string_view path, std::string_view folder) {
  const auto rest = path.substr(folder.size() + 1);
  return rest.substr(0, rest.find('/'));
}

constexpr std::string_view translations = "usr/share/locale";
constexpr std::string_view compiled_locales = "usr/lib/locale";
constexpr std::array<std::string_view, 2> locale_sources = {"usr/share/i18n/locales",
                                                            "usr/share/i18n/charmaps"};
constexpr std::array<std::string_view, 5> other_areas = {"var/log", "tmp", "var/tmp", translations,
                                                         compiled_locales};

}  // namespace

std::span<const Rule> rules() {
  return all_rules;
}

std::set<std::string, std::less<>> enabled_rules(const std::vector<std::string>& without) {
  std::set<std::string, std::less<>> enabled;
  std::vector<std::string_view> names;
  for (const auto& rule : all_rules) {
    enabled.emplace(rule.name);
    names.push_back(rule.name);
  }
  for (const auto& name : without) {
    if (enabled.erase(name) > 0 || std::find(names.begin(), names.end(), name) != names.end()) continue;
    Error error(ErrorKind::usage, fmt::format("{} is no rule of slim", shown(name)));
    if (const auto near = nearest(name, names)) error.hint(fmt::format("did you mean `{}`?", *near));
    throw error.hint("`whittle slim --help` lists the rules");
  }
  return enabled;
}

FileRules::FileRules(const std::set<std::string, std::less<>>& enabled,
                     const std::vector<std::string>& environment) {
  for (const auto& rule : all_rules)
    if (enabled.contains(rule.name)) enabled_.insert(rule.name);
  for (const std::string_view variable : environment) {
    const auto equals = std::min(variable.find('='), variable.size());
    const auto name = variable.substr(0, equals);
    if (name != "LANG" && name != "LANGUAGE" && !name.starts_with("LC_")) continue;
    for (auto value = variable.substr(std::min(equals + 1, variable.size())); !value.empty();) {
      const auto end = std::min(value.find(':'), value.size());
      const auto language = language_of(value.substr(0, end));
      value.remove_prefix(std::min(end + 1, value.size()));
      if (language.empty() || language == "c" || language == "posix") continue;
      languages_.insert(language);
      languages_.insert(language.substr(0, language.find('_')));
    }
  }
}

// Translations of a language without a country serve all of its countries; those of another country do not.
// The table of aliases beside them, and an archive of several locales, are of no language.
bool FileRules::is_translation(std::string_view path) const {
  if (is_below_any(path, locale_sources)) return true;
  const auto folder = is_below(path, translations) ? translations : compiled_locales;
  if (!is_below(path, folder) || depth_below(path, folder) < 2) return false;
  const auto language = language_of(component_below(path, folder));
  return language != "c" && language != "posix" && !languages_.contains(language);
}

std::optional<std::string_view> FileRules::rule_for(std::string_view path, const FileFeatures& file) const {
  const auto by = [&](std::string_view rule, bool matches) { return matches && enabled_.contains(rule); };
  if (by("documentation", is_documentation(path, file.is_regular))) return "documentation";
  if (by("locales", is_translation(path))) return "locales";
  if (by("package-caches", is_package_cache(path))) return "package-caches";
  // Who has another user may be unable to make its log anew; an empty one costs nothing.
  if (by("logs", is_below(path, "var/log") && file.is_regular && file.is_of_root && !file.is_empty))
    return "logs";
  if (by("temporary", (is_below(path, "tmp") || is_below(path, "var/tmp")) && file.is_regular))
    return "temporary";
  return std::nullopt;
}

// Packages that are installed later expect `man1` and its like to be there.
bool FileRules::goes_when_empty(std::string_view folder) const {
  if (is_below(folder, doc) || is_below(folder, "usr/local/share/doc"))
    return enabled_.contains("documentation");
  if (is_below(folder, "usr/share/man"))
    return depth_below(folder, "usr/share/man") > 1 && enabled_.contains("documentation");
  if (is_below(folder, translations) || is_below(folder, compiled_locales))
    return enabled_.contains("locales");
  return false;
}

bool FileRules::is_broad(std::string_view folder) {
  const auto holds = [&](std::string_view area) { return area == folder || is_below(area, folder); };
  const auto any = [&](const auto& folders) { return std::any_of(folders.begin(), folders.end(), holds); };
  return folder.empty() || any(other_areas) || any(cache_folders) || any(doc_folders) || any(locale_sources);
}

}  // namespace whittle::slimming
