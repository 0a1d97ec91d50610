// What the cache holds, and removing what was not used for longest.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <vector>

#include "builder/cache.hpp"
#include "builder/file_states.hpp"
#include "common/error.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/layout.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_document = 8U << 20U;

struct Found {
  fs::path path;
  std::uint64_t bytes = 0;
  std::int64_t used = 0;  // the later of access and modification, in nanoseconds
};

std::vector<Found> files_below(const fs::path& folder) {
  std::vector<Found> found;
  std::error_code ignored;
  for (auto entry =
           fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, ignored);
       entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    found.push_back({entry->path(), static_cast<std::uint64_t>(status.st_size),
                     std::max(nanoseconds(status.st_atim), nanoseconds(status.st_mtim))});
  }
  return found;
}

// Each toolchain as one thing: a part of one is worth nothing. Its seal is read whenever it is used.
std::vector<Found> toolchains_below(const fs::path& folder) {
  std::vector<Found> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    struct stat status {};
    if (!entry.is_directory(ignored) || ::stat((entry.path() / "sealed").c_str(), &status) != 0) continue;
    Found toolchain{entry.path(), 0, std::max(nanoseconds(status.st_atim), nanoseconds(status.st_mtim))};
    for (const auto& file : files_below(entry.path())) toolchain.bytes += file.bytes;
    found.push_back(std::move(toolchain));
  }
  return found;
}

// What `find` finds; nothing where a link leads, for that may be others' as well.
std::vector<Found> removable_in(const fs::path& part, std::vector<Found> (*find)(const fs::path&)) {
  std::error_code ignored;
  return fs::is_symlink(part, ignored) ? std::vector<Found>() : find(part);
}

// False when it is not gone.
bool remove(const Found& found) {
  std::error_code error;
  if (!fs::is_directory(found.path, error)) return fs::remove(found.path, error);
  toolchains::remove_sealed(found.path);
  return !fs::exists(found.path, error);
}

void mark_reachable(const registry::Layout& store, const layers::Descriptor& descriptor,
                    std::set<std::string>& reachable) {
  if (!reachable.insert(std::string(descriptor.digest.hex())).second) return;
  const bool index = layers::media_type::is_index(descriptor.media_type);
  if (!index && !layers::media_type::is_manifest(descriptor.media_type)) return;
  const auto text = store.read_blob(descriptor.digest, largest_document);
  if (!text) return;
  const layers::Document document(descriptor.media_type, *text);
  if (index) {
    for (const auto& child : layers::parse_index(document, "an index of the store").manifests)
      mark_reachable(store, child, reachable);
    return;
  }
  const auto manifest = layers::parse_manifest(document, "a manifest of the store");
  mark_reachable(store, manifest.config, reachable);
  for (const auto& layer : manifest.layers) mark_reachable(store, layer, reachable);
}

// The file names of everything that the store lists: images by their names, and what refers to them.
std::set<std::string> reachable_in_store(const fs::path& folder) {
  std::set<std::string> reachable;
  std::error_code ignored;
  if (!fs::exists(folder / "oci-layout", ignored)) return reachable;
  const auto store = registry::Layout::open(folder);
  for (const auto& descriptor : store.entries()) mark_reachable(store, descriptor, reachable);
  return reachable;
}

}  // namespace

std::map<std::string, Cache::Usage> Cache::usage(const fs::path& folder) {
  std::map<std::string, Usage> parts;
  for (const char* part : {"binaries", "dependencies", "go-build", "index", "members", "packages", "states",
                           "store", "sumdb", "toolchains"}) {
    auto& usage = parts[part];
    for (const auto& file : files_below(folder / part)) {
      ++usage.files;
      usage.bytes += file.bytes;
    }
  }
  return parts;
}

Cache::Collected Cache::collect(const fs::path& folder, std::uint64_t keep, Reporter& reporter) {
  Collected result;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return result;
  const FileLock alone(folder / "lease",
                       [&] { reporter.note("waiting until no other whittle uses the cache"); });
  const auto reachable = reachable_in_store(folder / "store");
  std::vector<Found> files;
  for (const char* part :
       {"binaries", "dependencies", "go-build", "index", "members", "packages", "states", "store/blobs"})
    for (auto& file : removable_in(folder / part, files_below)) {
      result.kept_bytes += file.bytes;
      if (!reachable.contains(file.path.filename().native())) files.push_back(std::move(file));
    }
  for (auto& toolchain : removable_in(folder / "toolchains", toolchains_below)) {
    result.kept_bytes += toolchain.bytes;
    files.push_back(std::move(toolchain));
  }
  std::sort(files.begin(), files.end(), [](const Found& a, const Found& b) {
    return a.used != b.used ? a.used < b.used : a.path < b.path;
  });
  for (const auto& file : files) {
    if (result.kept_bytes <= keep) break;
    if (!remove(file)) continue;
    ++result.files;
    result.bytes += file.bytes;
    result.kept_bytes -= file.bytes;
  }
  return result;
}

}  // namespace whittle::builder
