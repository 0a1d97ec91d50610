#include "evidence/package_database.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/licence.hpp"
#include "packages/control_file.hpp"

namespace whittle::evidence {
namespace {

void keep(std::vector<Component>& packages, Component package, const std::string& what) {
  if (package.name.empty() || package.version.empty())
    throw Error(ErrorKind::integrity, fmt::format("{} has a package without a name or a version", what));
  if (packages.size() >= most_packages)
    throw Error(ErrorKind::limit, fmt::format("{} has more than {} packages", what, most_packages));
  packages.push_back(std::move(package));
}

// "want flag state" (dpkg, "deb-status"): only the state says what is there. A file of status.d need not have
// one.
bool is_installed(const packages::ControlParagraph& paragraph) {
  const auto status = paragraph.find("Status");
  if (!status) return true;
  const auto words = packages::words_of(*status);
  return words.size() == 3 && words[2] == "installed";
}

// "NAME" or "NAME (VERSION)"; absent where both are the package's own (Debian policy, section 5.6.1).
void take_source(std::string_view field, Component& package) {
  const auto words = packages::words_of(field);
  package.source = words.empty() ? package.name : as_utf8(words[0]);
  package.source_version = package.version;
  if (words.size() > 1 && words[1].size() > 2 && words[1].front() == '(' && words[1].back() == ')')
    package.source_version = as_utf8(words[1].substr(1, words[1].size() - 2));
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

std::vector<Component> dpkg_packages(std::string_view text, const std::string& what) {
  packages::ControlReader reader(text, what);
  packages::ControlParagraph paragraph;
  std::vector<Component> packages;
  while (reader.next(paragraph)) {
    if (!is_installed(paragraph)) continue;
    Component package{.kind = Component::Kind::deb};
    package.name = as_utf8(paragraph.value("Package"));
    package.version = as_utf8(paragraph.value("Version"));
    package.architecture = as_utf8(paragraph.value("Architecture"));
    package.supplier = as_utf8(paragraph.value("Maintainer"));
    take_source(paragraph.value("Source"), package);
    keep(packages, std::move(package), what);
  }
  return packages;
}

std::vector<Component> apk_packages(std::string_view text, const std::string& what) {
  std::vector<Component> packages;
  Component package{.kind = Component::Kind::apk};
  const auto finish = [&] {
    if (package.source.empty()) package.source = package.name;
    package.source_version = package.version;
    if (!package.name.empty() || !package.version.empty()) keep(packages, package, what);
    package = {.kind = Component::Kind::apk};
  };
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) finish();
    if (line.size() < 2 || line[1] != ':') continue;  // letters to come
    const auto value = line.substr(2);
    switch (line[0]) {
      case 'P':
        package.name = as_utf8(value);
        break;
      case 'V':
        package.version = as_utf8(value);
        break;
      case 'A':
        package.architecture = as_utf8(value);
        break;
      case 'L':
        package.licence = licence_expression(value);
        break;
      case 'o':
        package.source = as_utf8(value);
        break;
      case 'm':
        package.supplier = as_utf8(value);
        break;
      default:
        break;
    }
  }
  finish();
  return packages;
}

std::string distribution_of(std::string_view os_release) {
  std::string id;
  std::string version;
  while (!os_release.empty()) {
    auto line = take_line(os_release);
    auto* const value = line.starts_with("ID=") ? &id : line.starts_with("VERSION_ID=") ? &version : nullptr;
    if (value == nullptr) continue;
    line.remove_prefix(line.find('=') + 1);
    while (!line.empty() && (line.front() == '"' || line.front() == '\'')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == '"' || line.back() == '\'' || line.back() == '\r'))
      line.remove_suffix(1);
    *value = as_utf8(line.substr(0, 100));
  }
  return id.empty() || version.empty() ? id : fmt::format("{}-{}", id, version);
}

}  // namespace whittle::evidence
