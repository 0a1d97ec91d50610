#include "builder/file_states.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "builder/sealed.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view states_header = "whittle states 3";
constexpr std::size_t largest_states_file = 256U << 20U;
// A file system may keep times no finer than this; ext3 and HFS+ have 1 s, FAT 2 s.
constexpr std::int64_t coarsest_tick_ns = 2'000'000'000;

}  // namespace

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
    return {static_cast<std::uint64_t>(status.st_dev),
            static_cast<std::uint64_t>(status.st_ino),
            static_cast<std::uint64_t>(status.st_size),
            static_cast<std::uint64_t>(status.st_mode),
            nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim)};
  }
};

// A state and the digest of what was read in it. Written to disk as it is, too.
struct FileStates::Record {
  State state;
  std::int64_t read_ns = 0;  // when the content was looked at
  Sha256 digest{};

  // Whether the state can vouch for the content: see the head of file_states.hpp.
  bool believable(std::int64_t now_ns) const {
    const auto newest = std::max(state.modified_ns, state.changed_ns);
    return state.changed_ns + coarsest_tick_ns < read_ns && newest <= now_ns && read_ns <= now_ns;
  }
};

struct FileStates::Stored {
  enum class Use : unsigned char {
    none,        // not asked for in this run, or forgotten
    confirmed,   // the answer of this run
    superseded,  // what was learned in this run counts
  };
  Record record;
  std::atomic<Use> use = Use::none;
};

struct FileStates::Table {
  // From the file. The map itself never changes after loading, so that threads may search it without a lock.
  std::unordered_map<std::string_view, Stored> stored = {};
  // In this run. Guarded by Data::mutex.
  std::unordered_map<std::string, Record> learned = {};

  Stored* find(const std::string& path) {
    const auto found = stored.find(path);
    return found == stored.end() ? nullptr : &found->second;
  }
};

struct FileStates::Data {
  std::string text;             // of the file; the names of what is stored point into it
  std::array<Table, 3> tables;  // by kind
  std::mutex mutex;
  bool dirty = false;

  Table& table(Kind kind) { return tables[kind == Kind::file ? 0 : kind == Kind::listing ? 1 : 2]; }

  void parse();
  // What is remembered of a file that has this state now, when that can be believed. It is this run's answer
  // then.
  std::optional<Sha256> confirm(Table& table, const std::string& path, const State& state) {
    const auto now = nanoseconds(file_clock_now());
    auto* const stored = table.find(path);
    if (stored != nullptr && stored->use != Stored::Use::superseded) {
      if (stored->record.state != state || !stored->record.believable(now)) return std::nullopt;
      stored->use = Stored::Use::confirmed;
      return stored->record.digest;
    }
    const std::lock_guard lock(mutex);
    const auto found = table.learned.find(path);
    if (found == table.learned.end() || found->second.state != state || !found->second.believable(now))
      return std::nullopt;
    return found->second.digest;
  }
  void learn(Table& table, const std::string& path, const Record& record) {
    const std::lock_guard lock(mutex);
    if (auto* stored = table.find(path)) stored->use = Stored::Use::superseded;
    table.learned.insert_or_assign(path, record);
    dirty = true;
  }
  template <class Visit>
  void each_answer(const Visit& visit);
  std::string saved();
};

namespace {

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::nullopt;
  throw_errno(errno, fmt::format("examining {}", path));
}

bool is_of(FileStates::Kind kind, const struct stat& status) {
  return kind == FileStates::Kind::file ? S_ISREG(status.st_mode) : S_ISDIR(status.st_mode);
}

// False where the file system does not keep when a file was made.
bool made_since(const std::string& path, std::int64_t limit_ns) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &status) != 0 || (status.stx_mask & STATX_BTIME) == 0)
    return false;
  return status.stx_btime.tv_sec * 1'000'000'000LL + status.stx_btime.tv_nsec >= limit_ns;
}

Sha256 digest_content(int fd, const std::string& path) {
  Hasher hasher;
  const StreamBuffer memory;
  const auto buffer = memory.bytes();
  std::uint64_t position = 0;
  for (;;) {
    const auto count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(position));
    if (count == 0) return to_sha256(hasher.finish());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("reading {}", path));
    }
    hasher.write(buffer.first(static_cast<std::size_t>(count)));
    position += static_cast<std::uint64_t>(count);
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Sha256 digest_listing(const std::string& path, bool with_folders) {
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
  return to_sha256(hasher.finish());
}

// Of values without padding.
template <class Value>
void append_raw(std::string& text, const Value& value) {
  static_assert(std::has_unique_object_representations_v<Value>);
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

timespec next_file_time() {
  timespec called{};
  ::clock_gettime(CLOCK_REALTIME, &called);
  const timespec step{0, 500'000};
  auto now = file_clock_now();
  for (; nanoseconds(now) <= nanoseconds(called); now = file_clock_now()) ::nanosleep(&step, nullptr);
  return now;
}

void FileStates::Data::parse() {
  auto rest = unsealed(text, states_header).value_or("");
  for (auto& table : tables) {
    std::uint64_t count = 0;
    if (!take_raw(rest, count)) return;
    table.stored.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(count, rest.size() / sizeof(Record))));
    for (; count > 0; --count) {
      Record record;
      std::uint32_t length = 0;
      if (!take_raw(rest, length) || !take_raw(rest, record) || rest.size() < length) return;
      table.stored[rest.substr(0, length)].record = record;
      rest.remove_prefix(length);
    }
  }
}

FileStates::FileStates(std::filesystem::path file) : file_(std::move(file)), data_(std::make_unique<Data>()) {
  try {
    data_->text = read_file_if_present(file_, largest_states_file).value_or(std::string());
  } catch (const Error&) {
    return;  // states that cannot be read are no states
  }
  data_->parse();
}

FileStates::~FileStates() = default;

std::optional<Sha256> FileStates::look_up(Kind kind, const std::string& path) {
  Table& table = data_->table(kind);
  Stored* const stored = table.find(path);
  if (stored != nullptr && stored->use == Stored::Use::confirmed) return stored->record.digest;
  if (stored == nullptr || stored->use == Stored::Use::superseded) {
    const std::lock_guard lock(data_->mutex);
    const auto found = table.learned.find(path);
    if (found != table.learned.end()) return found->second.digest;
  }
  const auto status = status_of(path);
  if (!status || !is_of(kind, *status)) return std::nullopt;
  Record record{State::of(*status), nanoseconds(file_clock_now()), {}};
  if (const auto known = data_->confirm(table, path, record.state)) return known;
  if (kind == Kind::file) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) throw_errno(errno, fmt::format("opening {}", path));
    return to_sha256(open_file(fd.get(), path));
  }
  record.digest = digest_listing(path, kind == Kind::full_listing);
  data_->learn(table, path, record);
  return record.digest;
}

std::optional<Digest> FileStates::file(const std::string& path) {
  const auto value = look_up(Kind::file, path);
  return value ? std::optional(to_digest(*value)) : std::nullopt;
}

std::optional<Digest> FileStates::listing(const std::string& path) {
  const auto value = look_up(Kind::listing, path);
  return value ? std::optional(to_digest(*value)) : std::nullopt;
}

std::optional<Digest> FileStates::full_listing(const std::string& path) {
  const auto value = look_up(Kind::full_listing, path);
  return value ? std::optional(to_digest(*value)) : std::nullopt;
}

Digest FileStates::open_file(int fd, const std::string& path) {
  Record record;
  record.read_ns = nanoseconds(file_clock_now());
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno(errno, fmt::format("examining {}", path));
  record.state = State::of(status);
  Table& table = data_->table(Kind::file);
  if (const auto known = data_->confirm(table, path, record.state)) return to_digest(*known);
  record.digest = digest_content(fd, path);
  data_->learn(table, path, record);
  return to_digest(record.digest);
}

// Calls visit(path, record) for each answer of this run, and forgets those for which it returns false.
template <class Visit>
void FileStates::Data::each_answer(const Visit& visit) {
  for (auto& table : tables) {
    for (auto& [path, stored] : table.stored)
      if (stored.use == Stored::Use::confirmed && !visit(std::string(path), stored.record))
        stored.use = Stored::Use::none;
    std::erase_if(table.learned, [&](const auto& known) { return !visit(known.first, known.second); });
  }
}

void FileStates::forget_changed() {
  const std::lock_guard lock(data_->mutex);
  data_->each_answer([](const std::string& path, const Record& record) {
    const auto status = status_of(path);
    return status && State::of(*status) == record.state && record.state.changed_ns < record.read_ns;
  });
}

std::optional<std::string> FileStates::changed_since(const timespec& since,
                                                     const std::filesystem::path& module_cache) {
  const auto limit = nanoseconds(since);
  const std::string fetched = module_cache.native() + '/';
  const std::lock_guard lock(data_->mutex);
  std::optional<std::string> changed;
  data_->each_answer([&](const std::string& path, const Record& record) {
    const auto status = status_of(path);
    if (status && State::of(*status) == record.state &&
        (record.state.changed_ns < limit || (path.starts_with(fetched) && made_since(path, limit))))
      return true;
    if (!changed || path < *changed) changed = path;
    return false;
  });
  return changed;
}

// What save() writes. A state that this run did not use stays as long as its file does: another image may
// need it.
std::string FileStates::Data::saved() {
  std::string body;
  for (auto& table : tables) {
    const std::size_t start = body.size();
    std::uint64_t count = 0;
    append_raw(body, count);
    const auto append = [&](std::string_view path, const Record& record) {
      append_raw(body, static_cast<std::uint32_t>(path.size()));
      append_raw(body, record);
      body += path;
      ++count;
    };
    for (const auto& [path, stored] : table.stored)
      if (stored.use == Stored::Use::confirmed ||
          (stored.use == Stored::Use::none && ::access(std::string(path).c_str(), F_OK) == 0))
        append(path, stored.record);
    for (const auto& [path, record] : table.learned) append(path, record);
    std::memcpy(body.data() + start, &count, sizeof count);
  }
  return body;
}

void FileStates::save() {
  const std::lock_guard lock(data_->mutex);
  if (!data_->dirty) return;
  try {
    write_file(file_, sealed(states_header, data_->saved()), AtomicFile::Durability::content);
    data_->dirty = false;
  } catch (const Error&) {
    // Without states the next run reads the files again; nothing is lost.
  }
}

}  // namespace whittle::builder
