#include "closure/package_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/each_line.hpp"
#include "common/error.hpp"
#include "packages/control_file.hpp"

namespace whittle::closure {
namespace {

// FNV-1a of 64 bits (RFC 9923), and nothing of the machine: the same answer everywhere.
std::uint64_t number_of_path(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : path) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

// Where the root has links to folders of usr, packages name their files by the links (UsrMerge).
constexpr std::array<std::string_view, 6> merged = {"usr/bin/",   "usr/sbin/",  "usr/lib/",
                                                    "usr/lib32/", "usr/lib64/", "usr/libx32/"};

}  // namespace

std::uint32_t PackageFiles::number_of(std::string_view package) {
  const auto found = numbers_.find(package);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.emplace_back(package);
  numbers_.emplace(package, number);
  return number;
}

void PackageFiles::add(std::uint32_t package, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty() || path == ".") return;
  if (owners_.size() == most_files)
    throw Error(ErrorKind::limit,
                fmt::format("the packages of the image have more than {} files", most_files));
  owners_.emplace_back(number_of_path(path), package);
  is_sorted_ = false;
}

void PackageFiles::add_dpkg_list(std::string_view package, std::string_view text) {
  package = package.substr(0, package.find(':'));
  const auto number = number_of(package);
  builder::each_line(text, [&](std::string_view line) { add(number, line); });
}

void PackageFiles::add_dpkg_sums(std::string_view package, std::string_view text) {
  package = package.substr(0, package.find(':'));
  const auto number = number_of(package);
  builder::each_line(text, [&](std::string_view line) {
    const auto blank = line.find("  ");
    if (blank != std::string_view::npos) add(number, line.substr(blank + 2));
  });
}

void PackageFiles::add_dpkg_status(std::string_view text) {
  packages::ControlReader reader(text, "the status of dpkg");
  packages::ControlParagraph paragraph;
  while (reader.next(paragraph)) {
    const auto source = paragraph.find("Source");  // "NAME" or "NAME (VERSION)"
    if (source)
      sources_.insert_or_assign(std::string(paragraph.value("Package")),
                                source->substr(0, source->find(' ')));
  }
}

// Paragraphs of "LETTER:VALUE": P is the package, o what it was built from, F a folder, R a file in it.
void PackageFiles::add_apk(std::string_view text) {
  std::uint32_t package = 0;
  std::string name;
  std::string folder;
  builder::each_line(text, [&](std::string_view line) {
    if (line.size() < 2 || line[1] != ':') return;
    const auto value = line.substr(2);
    if (line[0] == 'P') {
      name = value;
      package = number_of(value);
    }
    if (line[0] == 'o' && !name.empty()) sources_.insert_or_assign(name, value);
    if (line[0] == 'F') folder = value;
    if (line[0] == 'R' && !name.empty()) add(package, fmt::format("{}/{}", folder, value));
  });
}

std::optional<std::uint32_t> PackageFiles::find(std::string_view path) const {
  const auto number = number_of_path(path);
  const auto found = std::lower_bound(owners_.begin(), owners_.end(), std::pair(number, std::uint32_t{0}));
  if (found == owners_.end() || found->first != number) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> PackageFiles::owner(std::string_view path) const {
  if (!is_sorted_) std::sort(owners_.begin(), owners_.end());
  is_sorted_ = true;
  auto number = find(path);
  for (const auto folder : merged)
    if (!number && path.starts_with(folder)) number = find(path.substr(std::string_view("usr/").size()));
  if (!number) return std::nullopt;
  return names_[*number];
}

std::string_view PackageFiles::source(std::string_view package) const {
  const auto found = sources_.find(package);
  return found == sources_.end() ? package : std::string_view(found->second);
}

}  // namespace whittle::closure
