#include "comparison/package_difference.hpp"

#include <algorithm>

#include "comparison/map_difference.hpp"

namespace whittle::comparison {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

struct Package {
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view status;
};

// "P:", "V:" and "A:" of apk; those of dpkg stand before longer names.
void take_line(std::string_view line, Package& package) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line[0] == ' ') return;
  const auto key = line.substr(0, colon);
  const auto value = without_blanks(line.substr(colon + 1));
  if (key == "Package" || key == "P") package.name = value;
  if (key == "Version" || key == "V") package.version = value;
  if (key == "Architecture" || key == "A") package.architecture = value;
  if (key == "Status") package.status = value;
}

}  // namespace

bool is_package_database(std::string_view path) {
  if (path == "var/lib/dpkg/status" || path == "lib/apk/db/installed" || path == "usr/lib/apk/db/installed")
    return true;
  return path.starts_with("var/lib/dpkg/status.d/") && !path.ends_with(".md5sums");
}

std::map<std::string, std::string> package_versions(std::string_view database) {
  std::map<std::string, std::string> versions;
  Package package;
  const auto finish = [&] {
    const bool installed = package.status.empty() || package.status.ends_with(" installed");
    if (!package.name.empty() && installed) {
      std::string name(package.name);
      if (versions.contains(name)) name += ":" + std::string(package.architecture);
      versions.emplace(std::move(name), package.version);
    }
    package = {};
  };
  while (!database.empty()) {
    const auto end = std::min(database.find('\n'), database.size());
    const auto line = database.substr(0, end);
    database.remove_prefix(std::min(end + 1, database.size()));
    if (line.empty())
      finish();
    else
      take_line(line, package);
  }
  finish();
  return versions;
}

bool compare_packages(std::string_view a, std::string_view b, const Where& where, Findings& findings) {
  const auto left = package_versions(a);
  const auto right = package_versions(b);
  const auto before = findings.count();
  compare_maps(left, right, "package", where, findings);
  return findings.count() > before;
}

}  // namespace whittle::comparison
