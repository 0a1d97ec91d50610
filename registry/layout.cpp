#include "registry/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/media_types.hpp"
#include "registry/index_text.hpp"
#include "registry/layout_index.hpp"
#include "registry/named_file.hpp"
#include "registry/referral.hpp"

namespace whittle::registry {
namespace {

constexpr std::string_view temporary_prefix = ".tmp-";

[[noreturn]] void broken_path(const std::filesystem::path& path, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{} {}", named(path), why));
}

// Opens what `path` names without following a link at its end; nothing when it is absent. Foreign layouts
// must not make us read outside of them.
std::optional<Fd> open_plain(int folder, const char* name, int flags,
                             const std::filesystem::path& shown_path) {
  Fd fd(::openat(folder, name, flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (fd) return fd;
  if (errno == ENOENT) return std::nullopt;
  if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO)
    broken_path(shown_path, (flags & O_DIRECTORY) != 0 ? "is not a directory"
                                                       : "is a link or a socket, not a regular file");
  throw_errno(errno, fmt::format("opening {}", named(shown_path)));
}

struct stat status_of(const Fd& fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno(errno, fmt::format("examining {}", named(path)));
  return status;
}

std::optional<std::string> read_plain(const std::filesystem::path& path, std::size_t limit) {
  auto fd = open_plain(AT_FDCWD, path.c_str(), 0, path);
  if (!fd) return std::nullopt;
  if (!S_ISREG(status_of(*fd, path).st_mode)) broken_path(path, "is not a regular file");
  FileSource source(std::make_shared<const Fd>(std::move(*fd)), path);
  return read_all(source, limit, named(path));
}

void check_layout_file(const std::filesystem::path& path) {
  const auto text = read_plain(path, layout_file_limit);
  if (!text) broken_path(path, "is missing");
  check_layout_text(*text, named(path));
}

LayoutIndex read_index(const std::filesystem::path& folder) {
  const auto path = folder / index_file;
  auto text = read_plain(path, JsonLimits().bytes);
  if (!text) broken_path(path, "is missing");
  return {std::move(*text), named(path), named(folder)};
}

bool is_temporary(const std::string& name) {
  return name.starts_with(temporary_prefix);
}

// Removes what killed processes left: a temporary file whose writer lives is locked, and a young one may be
// about to be (hostile.md, 208). So are folders of them, which place_once() makes.
void reclaim(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (now - status.st_mtime < 60) return;
  if (S_ISREG(status.st_mode) && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  if (!S_ISDIR(status.st_mode)) return;
  std::error_code ignored;
  for (auto entry = std::filesystem::directory_iterator(path, ignored);
       entry != std::filesystem::directory_iterator(); entry.increment(ignored))
    if (entry->is_regular_file(ignored)) reclaim(entry->path());
  ::rmdir(path.c_str());  // unless something in it is in use
}

// Puts a file that must never be replaced, because others may hold its lock. False when one is there already.
bool place_once(const std::filesystem::path& path, std::string_view text, AtomicFile::Durability durability) {
  const TemporaryFolder scratch(path.parent_path());
  const auto made = scratch.path() / path.filename();
  write_file(made, text, durability);
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  // A file system or kernel without the flag: hard links refuse to replace, too.
  if (::link(made.c_str(), path.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno(errno, fmt::format("creating {}", named(path)));
}

// Refuses folders that hold something other than a layout, or the beginnings of one.
void check_folder(const std::filesystem::path& folder) {
  const auto refuse = [&](std::string_view why) {
    Error error(ErrorKind::usage, fmt::format("{} {}", named(folder), why));
    error.hint("name an absent or empty folder, or one that holds an image layout");
    throw error;
  };
  if (folder.lexically_normal() == "/") refuse("is the root of the file system");
  std::error_code failure;
  const auto status = std::filesystem::symlink_status(folder, failure);
  if (status.type() == std::filesystem::file_type::not_found) return;
  if (failure) throw_errno(failure.value(), fmt::format("examining {}", named(folder)));
  if (std::filesystem::is_symlink(status)) refuse("is a symbolic link");
  if (!std::filesystem::is_directory(status)) refuse("is not a folder");
  bool complete = false;
  bool foreign = false;
  for (auto entry = std::filesystem::directory_iterator(folder, failure);
       entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    if (failure) break;
    const std::string name = entry->path().filename();
    if (is_temporary(name)) reclaim(entry->path());
    complete = complete || name == layout_file;
    foreign =
        foreign || (name != "blobs" && name != index_file && name != layout_file && !is_temporary(name));
  }
  if (failure) throw_errno(failure.value(), fmt::format("reading the folder {}", named(folder)));
  if (foreign && !complete) refuse("holds something other than an image layout");
}

}  // namespace

Layout Layout::open(std::filesystem::path folder) {
  Layout layout(std::move(folder), AtomicFile::Durability::synced);
  const auto& root = layout.folder_;
  struct stat status {};
  const auto present = [&](std::string_view name) { return ::lstat((root / name).c_str(), &status) == 0; };
  if (!present(layout_file)) {
    if (present(index_file) || present("blobs")) broken_path(root / layout_file, "is missing");
    throw Error(ErrorKind::not_found, fmt::format("there is no image layout in {}", named(root)));
  }
  check_layout_file(root / layout_file);
  if (!present("blobs")) broken_path(root / "blobs", "is missing");
  if (!S_ISDIR(status.st_mode)) broken_path(root / "blobs", "is not a directory");
  return layout;
}

void Layout::check_may_be_made(const std::filesystem::path& folder) {
  check_folder(folder);
}

Layout Layout::open_or_create(std::filesystem::path folder, AtomicFile::Durability durability) {
  check_folder(folder);
  Layout layout(std::move(folder), durability);
  const auto& root = layout.folder_;
  make_directories(root / "blobs" / "sha256");
  struct stat status {};
  if (::lstat((root / index_file).c_str(), &status) != 0) {
    static constexpr std::string_view empty = R"({"manifests":[],"mediaType":"{}","schemaVersion":2})";
    auto text = std::string(empty);
    text.replace(text.find("{}"), 2, layers::media_type::oci_index);
    place_once(root / index_file, text, durability);
  }
  // Last, so that whoever sees this file sees a complete layout.
  if (::lstat((root / layout_file).c_str(), &status) != 0)
    place_once(root / layout_file, layout_text, durability);
  check_layout_file(root / layout_file);
  return layout;
}

std::filesystem::path Layout::blob_path(const Digest& digest) const {
  return folder_ / "blobs" / digest.algorithm_name() / digest.hex();
}

// Opens a blob with no link followed beneath the layout's folder; nothing when there is none.
std::optional<Fd> Layout::open_blob_file(const Digest& digest) const {
  const auto path = blob_path(digest);
  auto blobs = open_plain(AT_FDCWD, (folder_ / "blobs").c_str(), O_DIRECTORY, folder_ / "blobs");
  if (!blobs) return std::nullopt;
  const std::string algorithm(digest.algorithm_name());
  auto folder = open_plain(blobs->get(), algorithm.c_str(), O_DIRECTORY, path.parent_path());
  if (!folder) return std::nullopt;
  auto fd = open_plain(folder->get(), std::string(digest.hex()).c_str(), 0, path);
  if (fd && !S_ISREG(status_of(*fd, path).st_mode)) broken_path(path, "is not a regular file");
  return fd;
}

bool Layout::has_blob(const Digest& digest, std::uint64_t size) const {
  struct stat status {};
  return ::lstat(blob_path(digest).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         std::cmp_equal(status.st_size, size);
}

std::unique_ptr<ByteSource> Layout::open_blob(const layers::Descriptor& descriptor) const {
  const auto path = blob_path(descriptor.digest);
  auto fd = open_blob_file(descriptor.digest);
  if (!fd) throw Error(ErrorKind::not_found, fmt::format("there is no blob {}", named(path)));
  const auto size = status_of(*fd, path).st_size;
  if (!std::cmp_equal(size, descriptor.size))
    broken_path(path, fmt::format("has {} bytes, its descriptor states {}", size, descriptor.size));
  auto file = std::make_unique<FileSource>(std::make_shared<const Fd>(std::move(*fd)), path);
  return std::make_unique<VerifiedSource>(std::move(file), descriptor.digest, descriptor.size, named(path));
}

std::optional<std::string> Layout::read_blob(const Digest& digest, std::size_t limit) const {
  const auto path = blob_path(digest);
  auto fd = open_blob_file(digest);
  if (!fd) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status_of(*fd, path).st_size);
  auto file = std::make_unique<FileSource>(std::make_shared<const Fd>(std::move(*fd)), path);
  VerifiedSource source(std::move(file), digest, size, named(path));
  return read_all(source, limit, named(path));
}

void Layout::store(const Digest& digest, AtomicFile& file) const {
  const auto path = blob_path(digest);
  make_directories(path.parent_path());
  // One that is there already is replaced: ours was just verified, that one may be damaged.
  file.commit_to(path, durability_);
}

// Temporary files live in the layout's own folder: `blobs` holds nothing but blobs, even after a crash.
Layout::Stored Layout::put_blob(const std::function<void(ByteSink&)>& write) {
  AtomicFile file(folder_);
  DigestingSink sink(file);
  write(sink);
  Stored stored{sink.finish(), sink.size()};
  store(stored.digest, file);
  return stored;
}

void Layout::put_blob(std::string_view bytes, const Digest& digest) {
  VerifiedSource source(std::make_unique<TextSource>(std::string(bytes)), digest, bytes.size(),
                        "a blob to be stored");
  put_blob(source, digest);
}

void Layout::put_blob(ByteSource& source, const Digest& digest) {
  AtomicFile file(folder_);
  pump(source, file);
  store(digest, file);
}

std::optional<layers::Descriptor> Layout::find(const std::optional<std::string>& name) const {
  return read_index(folder_).find(name, [this](const auto& entry) { return belongs_to_another(entry); });
}

bool Layout::belongs_to_another(const layers::Descriptor& entry) const {
  const auto name = entry.annotations.find(std::string(ref_name));
  if (name != entry.annotations.end()) return is_tag_of_digest(name->second);
  try {
    const auto bytes = read_blob(entry.digest, JsonLimits().bytes);
    const layers::Document document(entry.media_type, bytes.value_or(""), entry.digest);
    return bytes && referral_of(document, "an entry").has_value();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return false;  // whoever reads it hears what is wrong with it
  }
}

std::optional<layers::Descriptor> Layout::find(const Digest& digest) const {
  return read_index(folder_).find(digest);
}

void Layout::set(const std::string& name, const layers::Descriptor& descriptor) {
  // The lock is on the one file that is never replaced; index.json is, and its lock would go with it.
  const FileLock lock(folder_ / layout_file);
  const LayoutIndex index = read_index(folder_);
  std::set<std::size_t> replaced;
  for (std::size_t i = 0; i < index.manifests().size(); ++i) {
    const auto& entry = index.manifests()[i];
    if (name.empty() && has_digest(entry, descriptor.digest.text())) return;
    if (!name.empty() && name_of_entry(entry) == name) replaced.insert(i);
  }
  if (replaced.size() == 1 && has_digest(index.manifests()[*replaced.begin()], descriptor.digest.text()))
    return;
  layers::Descriptor entry = descriptor;
  entry.annotations.erase(std::string(ref_name));
  if (!name.empty()) entry.annotations[std::string(ref_name)] = name;
  const auto list = find_list(index.text(), "manifests");
  if (!list || list->elements.size() != index.manifests().size())
    throw Error(ErrorKind::internal,
                fmt::format("the entries of {} were not found", named(folder_ / index_file)));
  AtomicFile file(folder_);
  file.write(as_bytes(replace_elements(index.text(), *list, replaced, canonical(to_json(entry)))));
  file.commit(std::string(index_file), durability_);
}

std::vector<std::string> Layout::names() const {
  return read_index(folder_).names();
}

std::vector<layers::Descriptor> Layout::entries() const {
  return read_index(folder_).entries();
}

}  // namespace whittle::registry
