#include "toolchains/toolchain_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/file_sink.hpp"
#include "common/sha256.hpp"
#include "common/text.hpp"
#include "toolchains/arriving_toolchain.hpp"
#include "toolchains/module_hash.hpp"
#include "toolchains/module_zip.hpp"
#include "toolchains/signed_note.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::toolchains {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_seal = 1024;

std::string seal_of(const std::string& hash, std::uint64_t zip_size) {
  return fmt::format("{}\n{}\n", hash, zip_size);
}

// The size of the zip, from a seal of that hash; nothing when the text is no such seal.
std::optional<std::uint64_t> read_seal(const std::string& text, const std::string& hash) {
  if (!text.starts_with(hash + '\n')) return std::nullopt;
  std::uint64_t size = 0;
  const auto* const begin = text.data() + hash.size() + 1;
  std::from_chars(begin, text.data() + text.size(), size);
  if (text != seal_of(hash, size)) return std::nullopt;
  return size;
}

// All that was written to the file system of a folder, in one call: for eleven thousand files that is much
// quicker than each by itself.
void sync_file_system(const fs::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0)
    throw_errno(errno, fmt::format("syncing {}", escaped(folder.native(), false, 4096)));
}

// A folder for a toolchain that is unpacked, with nothing in it.
void make_empty(const fs::path& folder) {
  remove_sealed(folder);
  make_directories(folder / "go");
}

// Passes the bytes of a zip on, has them unpacked as they come, and tells how many they are.
class ArrivingSink final : public ByteSink {
 public:
  ArrivingSink(ByteSink& out, ArrivingToolchain& toolchain, Task& task, const std::stop_token& stop)
      : out_(out), toolchain_(toolchain), task_(task), stop_(stop) {}
  void write(Bytes bytes) override {
    if (stop_.stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
    out_.write(bytes);
    toolchain_.write(bytes);
    task_.advance(bytes.size());
  }

 private:
  ByteSink& out_;
  ArrivingToolchain& toolchain_;
  Task& task_;
  const std::stop_token& stop_;
};

// A folder that only the holder of a toolchain's lock uses, and what it is emptied of at both ends of its
// life.
class WorkFolder {
 public:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {
    remove_sealed(path_);  // left by a process that was killed
    make_directories(path_);
  }
  ~WorkFolder() {
    try {
      remove_sealed(path_);
    } catch (const std::exception&) {
      return;  // the next one tries again
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

ToolchainStore::ToolchainStore(Places places, unsigned threads, Reporter& reporter, std::stop_token stop)
    : places_(std::move(places)),
      root_(places_.cache / "toolchains"),
      threads_(threads),
      reporter_(reporter),
      stop_(std::move(stop)) {}

fs::path ToolchainStore::folder_of(const LockedToolchain& locked) const {
  const auto bytes = is_module_hash(locked.hash) ? strict_base64(locked.hash.substr(3)) : std::nullopt;
  if (!bytes)
    throw Error(ErrorKind::spec, fmt::format("{} is no hash of a Go toolchain", shown(locked.hash)));
  Sha256 value{};
  std::copy_n(as_bytes(*bytes).begin(), value.size(), value.begin());
  return root_ / fmt::format("{}.{}-{}-{}", locked.id.version.text(), locked.id.os, locked.id.architecture,
                             to_hex(value).substr(0, 16));
}

std::optional<Toolchain> ToolchainStore::find(const LockedToolchain& locked) const {
  const auto folder = folder_of(locked);
  const auto text = read_file_if_present(folder / "sealed", largest_seal);
  const auto size = text ? read_seal(*text, locked.hash) : std::nullopt;
  if (!size) return std::nullopt;
  return Toolchain{folder / "go", *size};
}

Toolchain ToolchainStore::provide(const LockedToolchain& locked) {
  if (auto found = find(locked)) return *found;
  return in_context(
      [&] { return fmt::format("providing the Go toolchain {}", locked.id.text()); },
      [&] {
        make_directories(root_);
        const auto name = folder_of(locked).filename().native();
        const FileLock lock(root_ / fmt::format(".lock-{}", name), [&] {
          reporter_.note(fmt::format("waiting for another process that unpacks {}", locked.id.text()));
        });
        if (auto found = find(locked)) return *found;  // by whoever had the lock
        const WorkFolder work(root_ / fmt::format(".work-{}", name));
        if (auto unpacked = unpack_from_module_cache(locked, work.path())) return *unpacked;
        return unpack_from_proxy(locked, work.path());
      });
}

// A zip that go fetched is believed no more than one from the network, and a bad one is no reason to give up.
std::optional<Toolchain> ToolchainStore::unpack_from_module_cache(const LockedToolchain& locked,
                                                                  const fs::path& work) {
  if (places_.module_cache.empty()) return std::nullopt;
  const auto path = places_.module_cache / "cache" / "download" / toolchain_module / "@v" /
                    fmt::format("{}.zip", locked.id.module_version());
  try {
    return unpack(locked, {open_file(path), toolchain_module, locked.id.module_version()}, work);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    if (error.kind() != ErrorKind::not_found)
      reporter_.warn(fmt::format("{} is not used: {}", escaped(path.native(), false, 4096), error.message()));
    return std::nullopt;
  }
}

Toolchain ToolchainStore::unpack_from_proxy(const LockedToolchain& locked, const fs::path& work) {
  if (places_.proxy == nullptr)
    throw Error(ErrorKind::not_found, "it is not in the cache, and no module proxy may be asked");
  Fd file;
  std::optional<ArrivingToolchain> arriving;
  const auto folder = work / "unpacked";
  const auto task =
      reporter_.start(fmt::format("fetching {}", locked.id.text()), locked.zip_size.value_or(0));
  places_.proxy->fetch(
      {std::string(toolchain_module), fmt::format("{}.zip", locked.id.module_version()), locked.zip_size},
      [&](ByteSource& source) {
        file = nameless_file(work);
        make_empty(folder);
        arriving.emplace(folder / "go", toolchain_module, locked.id.module_version());
        FileSink sink(file, work / "the zip");
        ArrivingSink both(sink, *arriving, *task, stop_);
        pump(source, both);
      });
  task->done("fetched");
  std::optional<ModuleZip> zip(std::in_place, std::move(file), toolchain_module, locked.id.module_version());
  if (arriving->hash(*zip) != locked.hash) return unpack(locked, std::move(*zip), work);
  const auto size = zip->size();
  zip.reset();  // so that its bytes need not reach the disk first
  return keep(locked, size, folder);
}

Toolchain ToolchainStore::unpack(const LockedToolchain& locked, ModuleZip from, const fs::path& work) {
  std::optional<ModuleZip> zip(std::move(from));
  const auto folder = work / "unpacked";
  make_empty(folder);
  std::uint64_t total = 0;
  for (const auto& entry : zip->files()) total += entry.size;
  const auto task = reporter_.start(fmt::format("unpacking {}", locked.id.text()), total);
  const auto hash = unpack_toolchain(*zip, folder / "go", threads_, stop_,
                                     [&](std::uint64_t bytes) { task->advance(bytes); });
  if (hash != locked.hash)
    throw Error(ErrorKind::integrity, fmt::format("its zip has the hash {}, not {}", hash, locked.hash))
        .hint("the place it came from serves something else than the lock names; nothing of it was kept");
  const auto size = zip->size();
  zip.reset();
  auto kept = keep(locked, size, folder);
  task->done("unpacked");
  return kept;
}

// What was verified: from here on it counts.
Toolchain ToolchainStore::keep(const LockedToolchain& locked, std::uint64_t zip_size,
                               const fs::path& folder) {
  if (!fs::is_regular_file(folder / "go" / "bin" / "go"))
    throw Error(ErrorKind::integrity, "its zip has no bin/go");
  seal_folders(folder / "go");
  sync_file_system(folder);
  write_file(folder / "sealed", seal_of(locked.hash, zip_size), AtomicFile::Durability::synced, 0444);
  const auto place = folder_of(locked);
  remove_sealed(place);  // what counts as absent
  if (::rename(folder.c_str(), place.c_str()) != 0)
    throw_errno(errno,
                fmt::format("renaming a finished toolchain to {}", escaped(place.native(), false, 4096)));
  return {place / "go", zip_size};
}

}  // namespace whittle::toolchains
