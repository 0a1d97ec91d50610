#include "vulnerabilities/database_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "builder/file_states.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "toolchains/zip_archive.hpp"
#include "vulnerabilities/advisory.hpp"

namespace whittle::vulnerabilities {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 64U << 20U;  // bytes: an index lists all entries

// What tells that a file is the one that was read before; nothing when it changed within the last seconds.
class StateHasher {
 public:
  StateHasher() : now_(builder::file_clock_now()) {}
  void add(const std::string& name, const struct stat& status) {
    constexpr std::int64_t settled = 2;  // seconds: the coarsest clock of a file system
    recent_ |= status.st_ctim.tv_sec + settled >= now_.tv_sec;
    hasher_.add(name);
    for (const auto number :
         {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
          static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec), static_cast<std::int64_t>(status.st_ctim.tv_sec),
          static_cast<std::int64_t>(status.st_ctim.tv_nsec)})
      hasher_.add(std::to_string(number));
  }
  std::optional<Digest> finish() {
    auto digest = hasher_.finish();
    return recent_ ? std::nullopt : std::optional(digest);
  }

 private:
  timespec now_;
  KeyHasher hasher_;
  bool recent_ = false;
};

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw_errno(errno, fmt::format("examining {}", shown(path.native())));
  return status;
}

void check_count(std::size_t count) {
  if (count > most_entries)
    throw Error(ErrorKind::limit, fmt::format("there are more than {} files", most_entries));
}

class FolderFiles final : public DatabaseFiles {
 public:
  explicit FolderFiles(fs::path folder) : folder_(std::move(folder)) {
    const auto prefix = (folder_ / "").native().size();
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(folder_, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const auto& path = entry->path().native();
      if (!path.ends_with(".json")) continue;
      names_.push_back(path.substr(prefix));
      check_count(names_.size());
    }
    if (error) throw_errno(error.value(), fmt::format("reading the folder {}", shown(folder_.native())));
    std::sort(names_.begin(), names_.end());
  }
  const std::vector<std::string>& names() const override { return names_; }
  std::string read(std::size_t index) const override {
    return read_file(folder_ / names_.at(index), largest_file);
  }
  std::optional<Digest> state() const override {
    StateHasher hasher;
    for (const auto& name : names_) hasher.add(name, status_of(folder_ / name));
    return hasher.finish();
  }

 private:
  fs::path folder_;
  std::vector<std::string> names_;
};

// Nothing is unpacked, but a name that leads elsewhere says that somebody means harm (hostile 251).
void check_name(const std::string& name) {
  std::string_view rest = name;
  if (rest.ends_with('/')) rest.remove_suffix(1);
  for (;;) {
    const auto end = std::min(rest.find('/'), rest.size());
    const auto part = rest.substr(0, end);
    if (part.empty() || part == "." || part == ".." || part.find('\\') != std::string_view::npos)
      throw Error(ErrorKind::integrity,
                  fmt::format("the zip's entry {} has a name that leads elsewhere", shown(name)));
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

// The folder that all entries lie in, when somebody packed that instead of what is in it: "db/".
std::string_view common_folder(const std::vector<toolchains::ZipEntry>& entries) {
  const std::string_view first = entries.front().name;
  const auto folder = first.substr(0, first.find('/') + 1);
  const bool is_common =
      std::all_of(entries.begin(), entries.end(), [folder](const toolchains::ZipEntry& entry) {
        return std::string_view(entry.name).starts_with(folder);
      });
  return is_common && folder != "ID/" && folder != "index/" ? folder : std::string_view();
}

toolchains::ZipLimits zip_limits() {
  toolchains::ZipLimits limits;
  limits.file = 4ULL << 30U;
  limits.directory = 256U << 20U;
  limits.entries = most_entries;
  limits.entry = largest_file;
  limits.total = 16ULL << 30U;  // what is read, one entry at a time
  limits.folders = true;
  return limits;
}

class ZipFiles final : public DatabaseFiles {
 public:
  explicit ZipFiles(const fs::path& path) : zip_(open_file(path), zip_limits()) {
    StateHasher hasher;
    hasher.add(path.native(), status_of(path));
    state_ = hasher.finish();
    std::vector<std::pair<std::string, std::size_t>> entries;
    const auto folder = common_folder(zip_.entries()).size();
    for (std::size_t i = 0; i < zip_.entries().size(); ++i) {
      const auto& entry = zip_.entries()[i];
      check_name(entry.name);
      if (entry.name.ends_with(".json")) entries.emplace_back(entry.name.substr(folder), i);
    }
    std::sort(entries.begin(), entries.end());
    for (auto& [name, index] : entries) {
      if (!names_.empty() && names_.back() == name)
        throw Error(ErrorKind::integrity, fmt::format("the zip has the entry {} twice", shown(name)));
      names_.push_back(std::move(name));
      indexes_.push_back(index);
    }
  }
  const std::vector<std::string>& names() const override { return names_; }
  std::string read(std::size_t index) const override {
    toolchains::ZipReader reader;
    return std::string(as_text(zip_.read(indexes_.at(index), reader)));
  }
  std::optional<Digest> state() const override { return state_; }

 private:
  toolchains::ZipArchive zip_;
  std::vector<std::string> names_;
  std::vector<std::size_t> indexes_;
  std::optional<Digest> state_;
};

}  // namespace

std::optional<std::size_t> DatabaseFiles::find(std::string_view name) const {
  const auto& all = names();
  const auto found = std::lower_bound(all.begin(), all.end(), name);
  if (found == all.end() || *found != name) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

std::unique_ptr<DatabaseFiles> open_database_files(const fs::path& place) {
  std::error_code error;
  const auto status = fs::status(place, error);
  if (!fs::exists(status)) throw Error(ErrorKind::not_found, "there is nothing of that name");
  if (fs::is_directory(status)) return std::make_unique<FolderFiles>(place);
  return std::make_unique<ZipFiles>(place);
}

}  // namespace whittle::vulnerabilities
