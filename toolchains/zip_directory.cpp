#include "toolchains/zip_directory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"
#include "toolchains/zip_bytes.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t end_size = 22;               // of the end record without a comment (4.3.16)
constexpr std::size_t locator_size = 20;           // 4.3.15
constexpr std::size_t wide_end_size = 56;          // of the zip64 end record without extensible data (4.3.14)
constexpr std::size_t directory_header_size = 46;  // of an entry in the directory (4.3.12)
constexpr std::uint32_t in_zip64 = 0xffffffff;

[[noreturn]] void refuse_zip(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("the zip {}", why));
}

struct Place {
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

// The zip64 end record lies right before its locator, which lies right before the end record.
Place read_wide_end(const Fd& file, std::uint64_t end) {
  if (end < locator_size + wide_end_size) refuse_zip("has no zip64 record");
  std::string bytes(wide_end_size + locator_size, '\0');
  read_exactly(file, std::as_writable_bytes(std::span(bytes)), end - bytes.size());
  ZipBytes record(bytes);
  const auto start = end - bytes.size();
  if (record.u32() != 0x06064b50 || record.u64() != wide_end_size - 12)
    refuse_zip("has an ill-formed zip64 record");
  record.skip(4);  // versions
  const bool one_disk = record.u32() == 0 && record.u32() == 0;
  Place place{record.u64(), 0, 0};
  const bool whole = record.u64() == place.entries;
  place.size = record.u64();
  place.offset = record.u64();
  const bool located =
      record.u32() == 0x07064b50 && record.u32() == 0 && record.u64() == start && record.u32() == 1;
  if (!one_disk || !whole || !located)
    refuse_zip("has an ill-formed zip64 record, or is one of several disks");
  if (place.offset > start || place.size != start - place.offset)
    refuse_zip("has bytes beside its entries and directory");
  return place;
}

// Where the directory is. Nothing may follow the end record, so that it is the only one.
Place read_end(const Fd& file, std::uint64_t size) {
  if (size < end_size) refuse_zip("is no zip: it is too short");
  std::string bytes(end_size, '\0');
  const auto end = size - end_size;
  read_exactly(file, std::as_writable_bytes(std::span(bytes)), end);
  ZipBytes record(bytes);
  if (record.u32() != 0x06054b50) refuse_zip("is no zip, or something follows it");
  const bool one_disk = record.u16() == 0 && record.u16() == 0;
  Place place{record.u16(), 0, 0};
  const bool whole = record.u16() == place.entries;
  place.size = record.u32();
  place.offset = record.u32();
  if (!one_disk || !whole) refuse_zip("is one of several disks");
  if (record.u16() != 0) refuse_zip("states a comment that is not there");
  if (place.entries == 0xffff || place.size == in_zip64 || place.offset == in_zip64)
    return read_wide_end(file, end);
  if (place.offset > end || place.size != end - place.offset)
    refuse_zip("has bytes beside its entries and directory");
  return place;
}

// A regular file by its attributes (4.4.15): those of Unix where a Unix wrote it, otherwise the bit for a
// folder.
void check_type(const ZipEntry& entry, unsigned system, std::uint32_t attributes, bool folders) {
  constexpr std::uint32_t type_mask = 0170000;
  constexpr std::uint32_t regular = 0100000;
  constexpr std::uint32_t folder = 0040000;
  const bool is_unix = system == 3 || system == 19;
  const auto type = is_unix ? attributes >> 16U & type_mask : 0;
  if (folders && entry.is_folder() && entry.size == 0 && (type == 0 || type == folder)) return;
  if ((type != 0 && type != regular) || (!is_unix && (attributes & 0x10U) != 0) || entry.is_folder())
    refuse_entry(entry.name, "is no regular file");
}

void check_sizes(const ZipEntry& entry, const ZipLimits& limits) {
  // A zip within the limit needs no zip64 for its entries.
  if (entry.size > limits.entry || entry.compressed_size > limits.file || entry.offset == in_zip64)
    refuse_entry(entry.name, fmt::format("is larger than the limit of {} bytes", limits.entry),
                 ErrorKind::limit);
  if (!entry.is_deflated && entry.size != entry.compressed_size)
    refuse_entry(entry.name, "is stored, but in another size");
}

ZipEntry read_entry(ZipBytes& bytes, const ZipLimits& limits) {
  if (bytes.left() < directory_header_size || bytes.u32() != 0x02014b50)
    refuse_zip("has an ill-formed directory");
  const unsigned system = bytes.u16() >> 8U;
  bytes.skip(2);
  ZipEntry entry;
  entry.flags = bytes.u16();
  const auto method = bytes.u16();
  entry.time = bytes.u32();
  entry.crc = bytes.u32();
  entry.compressed_size = bytes.u32();
  entry.size = bytes.u32();
  const auto name_size = bytes.u16();
  const auto extra_size = bytes.u16();
  const auto comment_size = bytes.u16();
  const auto disk = bytes.u16();
  bytes.skip(2);
  const auto attributes = bytes.u32();
  entry.offset = bytes.u32();
  if (bytes.left() < std::size_t{name_size} + extra_size + comment_size)
    refuse_zip("has an ill-formed directory");
  entry.name = bytes.text(name_size);
  bytes.skip(std::size_t{extra_size} + comment_size);
  if (entry.name.empty() || entry.name.find('\0') != std::string::npos)
    refuse_zip("has an entry without a proper name");
  if (entry.name.size() > limits.name) refuse_entry(entry.name, "has too long a name", ErrorKind::limit);
  if (disk != 0) refuse_zip("is one of several disks");
  if ((entry.flags & ~zip_flags_in_use) != 0)
    refuse_entry(entry.name, "is encrypted or of another uncommon form", ErrorKind::unsupported);
  if (method != 0 && method != 8)
    refuse_entry(entry.name, fmt::format("is compressed by the method {}", method), ErrorKind::unsupported);
  entry.is_deflated = method == 8;
  check_type(entry, system, attributes, limits.folders);
  check_sizes(entry, limits);
  return entry;
}

}  // namespace

void refuse_entry(const std::string& name, std::string_view why, ErrorKind kind) {
  throw Error(kind, fmt::format("the zip's entry {} {}", shown(name), why));
}

ZipDirectory read_zip_directory(const Fd& file, std::uint64_t size, const ZipLimits& limits) {
  if (size > limits.file)
    throw Error(ErrorKind::limit, fmt::format("the zip is larger than {} bytes", limits.file));
  const auto place = read_end(file, size);
  if (place.entries > limits.entries || place.size > limits.directory)
    throw Error(ErrorKind::limit,
                fmt::format("the zip has more than {} entries, or a directory of more than {} bytes",
                            limits.entries, limits.directory));
  std::string text(place.size, '\0');
  read_exactly(file, std::as_writable_bytes(std::span(text)), place.offset);
  ZipBytes bytes(text);
  ZipDirectory directory;
  directory.offset = place.offset;
  std::uint64_t total = 0;
  while (bytes.left() > 0) {
    directory.entries.push_back(read_entry(bytes, limits));
    total += directory.entries.back().size;
    if (directory.entries.size() > place.entries) break;
  }
  if (directory.entries.size() != place.entries) refuse_zip("has another number of entries than it says");
  if (total > limits.total)
    throw Error(ErrorKind::limit, fmt::format("the zip unpacks to more than {} bytes", limits.total));
  return directory;
}

void read_exactly(const Fd& file, MutableBytes buffer, std::uint64_t offset) {
  while (!buffer.empty()) {
    const auto count = ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, "reading a zip");
    if (count == 0) throw Error(ErrorKind::integrity, "the zip ends before its end");
    offset += static_cast<std::uint64_t>(count);
    buffer = buffer.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace whittle::toolchains
