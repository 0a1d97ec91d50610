#include "evidence/well_known_files.hpp"

#include <algorithm>

namespace whittle::evidence {

std::optional<FileKind> kind_of_file(std::string_view path) {
  const auto is_one_of = [&](const auto& paths) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  if (path.starts_with(dpkg_folder) && !path.ends_with(".md5sums")) return FileKind::dpkg;
  if (path.starts_with("usr/share/doc/") && path.ends_with("/copyright")) return FileKind::copyright;
  if (is_one_of(os_releases)) return FileKind::os_release;
  if (!is_one_of(single_databases)) return std::nullopt;
  return path.starts_with("var/") ? FileKind::dpkg : FileKind::apk;
}

}  // namespace whittle::evidence
