#include "builder/go_build_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/ascii.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view entry_suffix = "-a";
constexpr std::size_t hex_size = 64;
// "v1 ACTION OBJECT SIZE TIME\n", the numbers to the right in 20 columns.
constexpr std::size_t entry_size = 3 + hex_size + 1 + hex_size + 1 + 20 + 1 + 20 + 1;

std::string text_of(const GoCacheEntry& entry, std::int64_t nanoseconds) {
  return fmt::format("v1 {} {} {:20} {:20}\n", to_hex(entry.action), to_hex(entry.object), entry.size,
                     nanoseconds);
}

std::optional<std::uint64_t> padded_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return whole_number<std::uint64_t>(text);
}

std::optional<GoCacheEntry> entry_from(std::string_view text) {
  if (text.size() != entry_size || !text.starts_with("v1 ")) return std::nullopt;
  const auto action = sha256_from_hex(text.substr(3, hex_size));
  const auto object = sha256_from_hex(text.substr(3 + hex_size + 1, hex_size));
  const auto size = padded_number(text.substr(3 + 2 * (hex_size + 1), 20));
  if (!action || !object || !size || *size == 0) return std::nullopt;
  return GoCacheEntry{*action, *object, *size};
}

// Entries that others remove meanwhile, or that cannot be read, are as if they were not there.
std::optional<GoCacheEntry> read_entry(const fs::path& path) {
  try {
    const auto text = read_file_if_present(path, entry_size);
    return text ? entry_from(*text) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// As go opens them: another process may be writing the same bytes to it.
Fd open_to_write(const fs::path& path) {
  make_directories(path.parent_path());
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd) throw_errno(errno, fmt::format("opening {}", shown(path.native())));
  return fd;
}

void truncate_to(const Fd& fd, std::uint64_t size, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > size &&
      ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    throw_errno(errno, fmt::format("shortening {}", shown(path.native())));
}

// Writes all but the last byte, which it returns. `content` gives exactly `size` bytes, or throws.
std::byte write_all_but_last(const Fd& fd, ByteSource& content, std::uint64_t size, const fs::path& path) {
  const StreamBuffer buffer;
  std::uint64_t position = 0;
  std::byte last{};
  while (const auto count = content.read(buffer.bytes())) {
    const bool is_end = position + count == size;
    if (is_end) last = buffer.bytes()[count - 1];
    write_at(fd, buffer.bytes().first(is_end ? count - 1 : count), position, path);
    position += count;
  }
  return last;
}

}  // namespace

fs::path GoBuildCache::file(const Sha256& id, char kind) const {
  const auto hex = to_hex(id);
  return folder_ / hex.substr(0, 2) / fmt::format("{}-{}", hex, kind);
}

fs::path GoBuildCache::object_file(const Sha256& object) const {
  return file(object, 'd');
}

std::optional<Sha256> GoBuildCache::object_in(std::string_view file) {
  const auto name = file.substr(file.find_last_of('/') + 1);
  return name.ends_with("-d") ? sha256_from_hex(name.substr(0, name.size() - 2)) : std::nullopt;
}

bool GoBuildCache::has_object(const GoCacheEntry& entry) const {
  std::error_code error;
  const auto size = fs::file_size(object_file(entry.object), error);
  return !error && size == entry.size;
}

bool GoBuildCache::has(const GoCacheEntry& entry) const {
  return has_object(entry) && read_entry(file(entry.action, 'a')) == entry;
}

std::vector<GoCacheEntry> GoBuildCache::entries_of(const std::set<Sha256>& objects) const {
  std::vector<GoCacheEntry> entries;
  std::error_code ignored;
  for (const auto& folder : fs::directory_iterator(folder_, ignored)) {
    if (folder.path().filename().native().size() != 2) continue;
    for (const auto& one : fs::directory_iterator(folder.path(), ignored)) {
      if (!one.path().native().ends_with(entry_suffix)) continue;
      const auto entry = read_entry(one.path());
      if (entry && objects.contains(entry->object) && one.path() == file(entry->action, 'a') &&
          has_object(*entry))
        entries.push_back(*entry);
    }
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void GoBuildCache::put_object(const GoCacheEntry& entry, std::unique_ptr<ByteSource> content) {
  const auto path = object_file(entry.object);
  VerifiedSource verified(std::move(content), to_digest(entry.object), entry.size,
                          fmt::format("the object {}", to_hex(entry.object)));
  const auto fd = open_to_write(path);
  truncate_to(fd, entry.size, path);
  const auto last = write_all_but_last(fd, verified, entry.size, path);
  write_at(fd, {&last, 1}, entry.size - 1, path);
}

void GoBuildCache::put(const GoCacheEntry& entry) {
  const auto path = file(entry.action, 'a');
  const auto fd = open_to_write(path);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto text = text_of(entry, std::chrono::nanoseconds(now).count());
  write_at(fd, as_bytes(text), 0, path);
  truncate_to(fd, text.size(), path);
}

}  // namespace whittle::builder
