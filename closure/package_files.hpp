// Which package a file of an image is from, by what dpkg and apk have written down.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle::closure {

// Where dpkg keeps what it knows of packages.
inline constexpr std::string_view dpkg_info = "var/lib/dpkg/info/";
inline constexpr std::string_view dpkg_status = "var/lib/dpkg/status";
inline constexpr std::string_view dpkg_status_folder = "var/lib/dpkg/status.d/";

// 12 bytes for each file of a package: names are kept as numbers, which two files may share once in a long
// while. Filled first, asked afterwards. One thread.
class PackageFiles {
 public:
  static constexpr std::size_t most_files = 4'000'000;

  // The list of a package's files, one absolute path a line: var/lib/dpkg/info/NAME.list. Error(limit).
  void add_dpkg_list(std::string_view package, std::string_view text);
  // "SUM  PATH" a line, paths without a slash in front: NAME.md5sums of an image without lists.
  void add_dpkg_sums(std::string_view package, std::string_view text);
  // var/lib/dpkg/status, or a file of status.d: which source a package was built from. Error(integrity).
  void add_dpkg_status(std::string_view text);
  // lib/apk/db/installed. Error(limit).
  void add_apk(std::string_view text);

  bool empty() const { return owners_.empty(); }
  // The package of a file; nothing when it is none's. Folders belong to nobody.
  std::optional<std::string_view> owner(std::string_view path) const;
  // What it was built from: packages of one source belong together (nginx, nginx-common).
  std::string_view source(std::string_view package) const;

 private:
  void add(std::uint32_t package, std::string_view path);
  std::uint32_t number_of(std::string_view package);
  std::optional<std::uint32_t> find(std::string_view path) const;

  std::vector<std::string> names_ = {};
  std::map<std::string, std::uint32_t, std::less<>> numbers_ = {};
  std::map<std::string, std::string, std::less<>> sources_ = {};
  mutable std::vector<std::pair<std::uint64_t, std::uint32_t>> owners_ = {};
  mutable bool is_sorted_ = true;
};

}  // namespace whittle::closure
