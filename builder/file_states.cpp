#include "builder/file_states.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view header = "whittle states 1\n";
constexpr std::size_t largest_file = 256U << 20U;
// A file system may keep times no finer than this; ext3 and HFS+ have 1 s, FAT 2 s.
constexpr std::int64_t coarsest_tick_ns = 2'000'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

}  // namespace

enum class FileStates::Kind : unsigned char { file = 'f', listing = 'd', full_listing = 'D' };

// Written to disk as it is: plain numbers of fixed width; the file is of this machine only.
struct FileStates::State {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::uint64_t mode = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const State&) const = default;

  static State of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_dev),  static_cast<std::uint64_t>(status.st_ino),
            static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_mode),
            nanoseconds(status.st_mtim),                nanoseconds(status.st_ctim)};
  }
};

struct FileStates::Entry {
  State state;
  std::int64_t read_ns = 0;  // when the content was looked at
  std::array<char, 64> hex{};
  bool settled = false;  // answered in this run

  Digest digest() const { return Digest::parse(fmt::format("sha256:{}", std::string_view(hex.data(), hex.size()))); }
  void set(const Digest& digest) { std::memcpy(hex.data(), digest.hex().data(), hex.size()); }
  // Whether the state can vouch for the content: see the head of file_states.hpp.
  bool believable(std::int64_t now_ns) const {
    const auto newest = std::max(state.modified_ns, state.changed_ns);
    return state.changed_ns + coarsest_tick_ns < read_ns && newest <= now_ns && read_ns <= now_ns;
  }
};

struct FileStates::Data {
  std::mutex mutex;
  std::unordered_map<std::string, Entry> entries;  // the kind in front of the path
  bool dirty = false;
};

namespace {

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::nullopt;
  throw_errno(errno, fmt::format("examining {}", path));
}

Digest digest_content(int fd, const std::string& path) {
  Hasher hasher;
  std::vector<std::byte> buffer(stream_buffer_size);
  std::uint64_t position = 0;
  for (;;) {
    const auto count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(position));
    if (count == 0) return hasher.finish();
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("reading {}", path));
    }
    hasher.write(Bytes(buffer).first(static_cast<std::size_t>(count)));
    position += static_cast<std::uint64_t>(count);
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Digest digest_listing(const std::string& path, bool with_folders) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) throw_errno(errno, fmt::format("listing {}", path));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat status {};
      folder = ::fstatat(dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISDIR(status.st_mode);
    }
    if (folder && !with_folders) continue;
    names.push_back(fmt::format("{}{}", folder ? '/' : entry->d_type == DT_LNK ? '@' : ' ', name));
    errno = 0;
  }
  if (errno != 0) throw_errno(errno, fmt::format("listing {}", path));
  std::sort(names.begin(), names.end());
  KeyHasher hasher;
  for (const auto& name : names) hasher.add(name);
  return hasher.finish();
}

template <class Value>
void append_raw(std::string& text, const Value& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
bool take_raw(std::string_view& text, Value& value) {
  if (text.size() < sizeof value) return false;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return true;
}

}  // namespace

timespec file_clock_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

FileStates::FileStates(std::filesystem::path file) : file_(std::move(file)), data_(std::make_unique<Data>()) {
  std::optional<std::string> text;
  try {
    text = read_file_if_present(file_, largest_file);
  } catch (const Error&) {
    return;  // states that cannot be read are no states
  }
  if (!text || !text->starts_with(header) || text->size() < header.size() + 64) return;
  // The file is checked as a whole: a torn or edited one must not vouch for anything.
  const std::string_view sum = std::string_view(*text).substr(header.size(), 64);
  std::string_view rest = std::string_view(*text).substr(header.size() + 64);
  if (Digest::of(rest).hex() != sum) return;
  std::uint64_t count = 0;
  if (!take_raw(rest, count)) return;
  data_->entries.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, rest.size() / 64)) + 64);
  for (;;) {
    Entry entry;
    std::uint32_t length = 0;
    if (!take_raw(rest, length) || !take_raw(rest, entry.state) || !take_raw(rest, entry.read_ns) ||
        !take_raw(rest, entry.hex) || rest.size() < length)
      return;
    data_->entries.emplace(rest.substr(0, length), entry);
    rest.remove_prefix(length);
  }
}

FileStates::~FileStates() = default;

std::optional<Digest> FileStates::look_up(Kind kind, const std::string& path) {
  const std::string key = static_cast<char>(kind) + path;
  {
    const std::lock_guard lock(data_->mutex);
    const auto found = data_->entries.find(key);
    if (found != data_->entries.end() && found->second.settled) return found->second.digest();
  }
  const auto status = status_of(path);
  if (!status || (kind == Kind::file ? !S_ISREG(status->st_mode) : !S_ISDIR(status->st_mode))) return std::nullopt;
  const auto now = nanoseconds(file_clock_now());
  const State state = State::of(*status);
  {
    const std::lock_guard lock(data_->mutex);
    const auto found = data_->entries.find(key);
    if (found != data_->entries.end() && found->second.state == state && found->second.believable(now)) {
      found->second.settled = true;
      return found->second.digest();
    }
  }
  Entry entry;
  entry.read_ns = now;
  entry.settled = true;
  if (kind == Kind::file) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat opened {};
    if (!fd || ::fstat(fd.get(), &opened) != 0) throw_errno(errno, fmt::format("opening {}", path));
    entry.state = State::of(opened);
    entry.set(digest_content(fd.get(), path));
  } else {
    entry.state = state;
    entry.set(digest_listing(path, kind == Kind::full_listing));
  }
  const std::lock_guard lock(data_->mutex);
  data_->dirty = true;
  data_->entries.insert_or_assign(key, entry);
  return entry.digest();
}

std::optional<Digest> FileStates::file(const std::string& path) { return look_up(Kind::file, path); }
std::optional<Digest> FileStates::listing(const std::string& path) { return look_up(Kind::listing, path); }
std::optional<Digest> FileStates::full_listing(const std::string& path) { return look_up(Kind::full_listing, path); }

Digest FileStates::open_file(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno(errno, fmt::format("examining {}", path));
  const std::string key = static_cast<char>(Kind::file) + path;
  const auto now = nanoseconds(file_clock_now());
  Entry entry;
  entry.state = State::of(status);
  {
    const std::lock_guard lock(data_->mutex);
    const auto found = data_->entries.find(key);
    if (found != data_->entries.end() && found->second.state == entry.state && found->second.believable(now)) {
      found->second.settled = true;
      return found->second.digest();
    }
  }
  entry.read_ns = now;
  entry.settled = true;
  entry.set(digest_content(fd, path));
  const std::lock_guard lock(data_->mutex);
  data_->dirty = true;
  data_->entries.insert_or_assign(key, entry);
  return entry.digest();
}

std::optional<std::string> FileStates::changed_since(const timespec& since) {
  const auto limit = nanoseconds(since);
  const std::lock_guard lock(data_->mutex);
  std::optional<std::string> changed;
  for (auto& [key, entry] : data_->entries) {
    if (!entry.settled) continue;
    const auto status = status_of(key.substr(1));
    if (status && State::of(*status) == entry.state && nanoseconds(status->st_ctim) < limit) continue;
    entry.settled = false;
    if (!changed || key.substr(1) < *changed) changed = key.substr(1);
  }
  return changed;
}

void FileStates::save() {
  const std::lock_guard lock(data_->mutex);
  if (!data_->dirty) return;
  std::string body;
  append_raw(body, static_cast<std::uint64_t>(data_->entries.size()));
  for (const auto& [key, entry] : data_->entries) {
    append_raw(body, static_cast<std::uint32_t>(key.size()));
    append_raw(body, entry.state);
    append_raw(body, entry.read_ns);
    append_raw(body, entry.hex);
    body += key;
  }
  try {
    write_file(file_, fmt::format("{}{}{}", header, Digest::of(body).hex(), body), AtomicFile::Durability::content);
    data_->dirty = false;
  } catch (const Error&) {
    // Without states the next run reads the files again; nothing is lost.
  }
}

}  // namespace whittle::builder
