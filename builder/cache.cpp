#include "builder/cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "builder/sealed.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_index_value = 1U << 20U;
// What is known of base images: any machine finds the same, and whoever has it need not read them.
constexpr std::array<std::string_view, 2> shared_kinds = {"catalogue", "folders"};

// Names the key, so that an entry that lies under another is none.
std::string header_of(std::string_view kind, const Digest& key) {
  return fmt::format("whittle {} {}", kind, key.text());
}

// Makes the folder usable by us alone, or says why it is not.
void prepare(const fs::path& folder) {
  make_directories(folder);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0)
    throw_errno(errno, fmt::format("examining the cache {}", folder.native()));
  if (status.st_uid != ::geteuid() && ::geteuid() != 0) {
    Error error(ErrorKind::io, "it belongs to another user");
    error.context(fmt::format("using the cache {}", folder.native()));
    throw error.hint("set XDG_CACHE_HOME to a folder of your own");
  }
  for (const char* part : {"index", "binaries", "dependencies", "members", "states", "tmp", "go-build"})
    make_directories(folder / part);
}

// A lock on a temporary file or folder tells whether its writer lives.
void remove_orphans(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (const auto lock = FileLock::try_lock(entry.path())) fs::remove_all(entry.path(), ignored);
}

}  // namespace

Cache::Cache(fs::path folder, Reporter& reporter)
    : folder_((prepare(folder), std::move(folder))), lease_(FileLock::shared(folder_ / "lease", [&reporter] {
        reporter.note("waiting for `whittle cache gc`");
      })) {
  remove_orphans(temporary());
}

fs::path Cache::states_file(const Digest& project) const {
  return folder_ / "states" / project.hex();
}
fs::path Cache::dependencies_file(const Digest& settings) const {
  return folder_ / "dependencies" / settings.hex();
}

bool Cache::has_dependencies() const {
  std::error_code ignored;
  return !fs::is_empty(folder_ / "dependencies", ignored);
}

std::optional<std::string> Cache::get(std::string_view kind, const Digest& key) const {
  if (auto value = stored(kind, key)) return value;
  const std::lock_guard lock(mutex_);
  const auto found = offered_.find({std::string(kind), key});
  return found == offered_.end() ? std::nullopt : std::optional(found->second);
}

void Cache::offer(std::string_view kind, const Digest& key, std::string value) {
  if (std::find(shared_kinds.begin(), shared_kinds.end(), kind) == shared_kinds.end()) return;
  const std::lock_guard lock(mutex_);
  offered_.insert_or_assign({std::string(kind), key}, std::move(value));
}

std::optional<std::string> Cache::stored(std::string_view kind, const Digest& key) const {
  try {
    const auto text = read_file_if_present(folder_ / "index" / kind / key.hex(), largest_index_value);
    const auto value = text ? unsealed(*text, header_of(kind, key)) : std::nullopt;
    return value ? std::optional(std::string(*value)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // what cannot be read is a miss
  }
}

void Cache::put(std::string_view kind, const Digest& key, std::string_view value) {
  const fs::path folder = folder_ / "index" / kind;
  make_directories(folder);
  write_file(folder / key.hex(), sealed(header_of(kind, key), value), AtomicFile::Durability::content);
}

std::optional<fs::path> Cache::binary(const Digest& digest, std::uint64_t size) const {
  fs::path path = folder_ / "binaries" / digest.hex();
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) != size)
    return std::nullopt;
  return path;
}

fs::path Cache::adopt_binary(const fs::path& file, const Digest& digest) {
  fs::path path = folder_ / "binaries" / digest.hex();
  if (::rename(file.c_str(), path.c_str()) != 0)
    throw_errno(errno, fmt::format("moving a binary to {}", path.native()));
  return path;
}

void Cache::discard_binary(const Digest& digest) {
  std::error_code ignored;
  fs::remove_all(folder_ / "binaries" / digest.hex(), ignored);
}

}  // namespace whittle::builder
