#include "builder/own_sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

bool is_in(const fs::path& path, const fs::path& folder) {
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

fs::path common_folder(const fs::path& a, const fs::path& b) {
  fs::path common;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end() && *x == *y; ++x, ++y) common /= *x;
  return common;
}

}  // namespace

OwnSources::OwnSources(const fs::path& folder) : named_folder_(folder.lexically_normal()) {
  std::error_code unresolved;
  folder_ = fs::canonical(named_folder_, unresolved);
  if (unresolved) folder_ = named_folder_;
}

fs::path OwnSources::resolved(const fs::path& path) const {
  const auto normal = path.lexically_normal();
  return is_in(normal, named_folder_)
             ? (folder_ / normal.lexically_relative(named_folder_)).lexically_normal()
             : normal;
}

void OwnSources::add(const fs::path& file, const Digest& digest) {
  if (!file.is_absolute())
    throw Error(ErrorKind::internal, fmt::format("{} is no absolute path", shown(file.native())));
  files_.insert_or_assign(resolved(file), digest);
}

fs::path OwnSources::root() const {
  fs::path root = folder_;
  for (const auto& [file, digest] : files_) root = common_folder(root, file.parent_path());
  return root;
}

std::string OwnSources::relative(const fs::path& path) const {
  auto below = resolved(path).lexically_relative(root()).native();
  while (below.ends_with('/')) below.pop_back();
  return below == "." ? std::string() : as_utf8(below);
}

evidence::Sources OwnSources::record() const {
  const auto top = root();
  evidence::Sources sources;
  for (const auto& [file, digest] : files_)
    sources.files.emplace(as_utf8(file.lexically_relative(top).native()), digest);
  return sources;
}

bool OwnSources::are_below(const fs::path& folder) const {
  return is_in(root(), folder);
}

}  // namespace whittle::builder
