#include "comparison/archive_members.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "common/error.hpp"
#include "common/text.hpp"
#include "comparison/scratch.hpp"

namespace whittle::comparison {
namespace {

[[noreturn]] void broken(std::string_view what, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("the {} archive is broken: {}", what, why));
}

// The members of an archive, as many as may be and as fit into memory with their names and attributes.
class Members {
 public:
  explicit Members(std::uint64_t most) : most_(most) {}

  void add(ArchiveMember member) {
    const auto& entry = member.entry;
    memory_ += sizeof member + entry.path.size() + entry.written.size() + entry.target.size();
    for (const auto* fields : {&entry.xattrs, &entry.records})
      for (const auto& [key, value] : *fields) memory_ += 128 + key.size() + value.size();
    if (members_.size() == most_)
      throw Error(ErrorKind::limit, fmt::format("the archive has more than {} members", most_));
    if (memory_ > most_memory)
      throw Error(ErrorKind::limit, fmt::format("the members of the archive take more than {} MiB of memory",
                                                most_memory >> 20U));
    members_.push_back(std::move(member));
  }
  std::vector<ArchiveMember> take() { return std::move(members_); }

 private:
  static constexpr std::uint64_t most_memory = 64U << 20U;

  std::uint64_t most_;
  std::uint64_t memory_ = 0;  // bytes, about
  std::vector<ArchiveMember> members_;
};

std::vector<ArchiveMember> tar_members(const binaries::RandomAccess& archive, std::uint64_t most) {
  AccessSource source(archive);
  layers::TarReader tar(source, "the archive", [&](std::uint64_t bytes) { return source.jump(bytes); });
  Members members(most);
  while (auto entry = tar.next()) {
    if (entry->sparse)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is stored as a sparse file in the archive", shown(entry->written)));
    const auto offset = entry->offset;
    const auto size = entry->is_file() ? entry->size : 0;
    members.add({std::move(*entry), offset, size, false});
  }
  return members.take();
}

// ar(5): a header of 60 bytes, the content, a filler to an even offset. Names longer than a header stand in
// "//" (GNU) or in front of the content (BSD).
std::vector<ArchiveMember> ar_members(const binaries::RandomAccess& archive, std::uint64_t most) {
  constexpr std::size_t header_size = 60;
  const auto number = [](std::string_view field, int base) {
    field = field.substr(0, field.find(' '));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (error != std::errc() && !field.empty()) broken("ar", "a header has no number where one belongs");
    return end == field.data() + field.size() ? value : 0;
  };
  Members members(most);
  for (std::uint64_t at = 8; at < archive.size();) {
    const auto header = archive.read(at, header_size);
    if (header.size() < header_size || header.substr(58) != "`\n")
      broken("ar", "it has no header where one belongs");
    ArchiveMember member;
    const auto size = number(std::string_view(header).substr(48, 10), 10);
    if (size > archive.size() - at - header_size) broken("ar", "it is cut off");
    member.entry.path = header.substr(0, std::min(header.find_last_not_of(' ', 15) + 1, std::size_t{16}));
    member.entry.written = member.entry.path;
    member.entry.mtime = static_cast<std::int64_t>(number(std::string_view(header).substr(16, 12), 10));
    member.entry.uid = static_cast<std::uint32_t>(number(std::string_view(header).substr(28, 6), 10));
    member.entry.gid = static_cast<std::uint32_t>(number(std::string_view(header).substr(34, 6), 10));
    member.entry.mode =
        static_cast<std::uint32_t>(number(std::string_view(header).substr(40, 8), 8) & 07777U);
    member.entry.size = size;
    member.offset = at + header_size;
    member.packed = size;
    members.add(std::move(member));
    at += header_size + size + size % 2;
  }
  return members.take();
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

// Seconds of a time in MS-DOS's form, which has no zone: read as UTC.
std::int64_t dos_time(std::uint64_t date, std::uint64_t time) {
  const auto month = std::clamp(static_cast<unsigned>(date >> 5U & 15U), 1U, 12U);
  const std::chrono::sys_days day =
      std::chrono::year(static_cast<int>(1980 + (date >> 9U))) / std::chrono::month(month) / 1;
  // A day of 0 is the one before the first.
  return std::chrono::sys_seconds(day).time_since_epoch().count() +
         (static_cast<std::int64_t>(date & 31U) - 1) * 86'400 +
         static_cast<std::int64_t>((time >> 11U) * 3'600 + (time >> 5U & 63U) * 60 + (time & 31U) * 2);
}

// APPNOTE.TXT, 4.3.16: the end of the central directory, in the last 64 KiB.
std::pair<std::uint64_t, std::uint64_t> zip_directory(const binaries::RandomAccess& archive) {
  using namespace std::string_view_literals;
  const auto tail_size = std::min<std::uint64_t>(archive.size(), 65'557);
  const auto tail = archive.read(archive.size() - tail_size, static_cast<std::size_t>(tail_size));
  const auto end = tail.rfind("PK\x05\x06"sv);
  if (end == std::string::npos || tail.size() - end < 22) broken("zip", "it has no directory");
  const auto count = little(tail, end + 10, 2);
  const auto offset = little(tail, end + 16, 4);
  if (count == 0xffff || offset == 0xffffffff)
    throw Error(ErrorKind::unsupported, "the zip archive has more members than its form allows");
  return {count, offset};
}

std::vector<ArchiveMember> zip_members(const binaries::RandomAccess& archive, std::uint64_t most) {
  using namespace std::string_view_literals;
  const auto [count, directory] = zip_directory(archive);
  Members members(most);
  auto at = directory;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto header = archive.read(at, 46);
    if (header.size() < 46 || !header.starts_with("PK\x01\x02"sv)) broken("zip", "its directory is cut off");
    const auto method = little(header, 10, 2);
    if ((method != 0 && method != 8) || (little(header, 8, 2) & 1U) != 0)
      throw Error(ErrorKind::unsupported,
                  "the zip archive is compressed in another way than by deflate, or encrypted");
    ArchiveMember member;
    const auto name_size = little(header, 28, 2);
    member.entry.written = archive.read(at + 46, static_cast<std::size_t>(name_size));
    member.entry.path = member.entry.written;
    member.entry.type = member.entry.path.ends_with('/') ? '5' : '0';
    member.entry.mtime = dos_time(little(header, 14, 2), little(header, 12, 2));
    member.entry.mode = static_cast<std::uint32_t>(little(header, 38, 4) >> 16U & 07777U);
    member.entry.size = little(header, 24, 4);
    member.packed = little(header, 20, 4);
    member.deflated = method == 8;
    const auto local_at = little(header, 42, 4);
    const auto local = archive.read(local_at, 30);
    if (local.size() < 30 || !local.starts_with("PK\x03\x04"sv))
      broken("zip", "a member is not where its directory says");
    member.offset = local_at + 30 + little(local, 26, 2) + little(local, 28, 2);
    if (member.offset > archive.size() || member.packed > archive.size() - member.offset)
      broken("zip", "it is cut off");
    members.add(std::move(member));
    at += 46 + name_size + little(header, 30, 2) + little(header, 32, 2);
  }
  return members.take();
}

class Inflated final : public ByteSource {
 public:
  Inflated(const binaries::RandomAccess& archive, const ArchiveMember& member)
      : slice_(archive, member.offset, member.packed), source_(slice_), input_(stream_buffer_size) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK)
      throw Error(ErrorKind::machine_limit, "there is not enough memory to decompress a zip archive");
  }
  ~Inflated() override { inflateEnd(&stream_); }
  Inflated(const Inflated&) = delete;
  Inflated& operator=(const Inflated&) = delete;

  std::size_t read(MutableBytes buffer) override {
    const auto room =
        static_cast<uInt>(std::min<std::size_t>(buffer.size(), std::numeric_limits<uInt>::max()));
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = room;
    while (!done_ && stream_.avail_out == room) {
      if (stream_.avail_in == 0) {
        stream_.avail_in = static_cast<uInt>(source_.read(input_));
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        if (stream_.avail_in == 0) broken("zip", "a member is cut off");
      }
      const int result = inflate(&stream_, Z_NO_FLUSH);
      done_ = result == Z_STREAM_END;
      if (result != Z_OK && !done_) broken("zip", "the data of a member is invalid");
    }
    return room - stream_.avail_out;
  }

 private:
  SliceAccess slice_;
  AccessSource source_;
  std::vector<std::byte> input_;
  z_stream stream_ = {};
  bool done_ = false;
};

}  // namespace

std::vector<ArchiveMember> archive_members(const binaries::RandomAccess& archive, ContentKind kind,
                                           std::uint64_t most) {
  if (kind == ContentKind::tar) return tar_members(archive, most);
  if (kind == ContentKind::zip) return zip_members(archive, most);
  return ar_members(archive, most);
}

std::unique_ptr<ByteSource> inflated(const binaries::RandomAccess& archive, const ArchiveMember& member) {
  return std::make_unique<Inflated>(archive, member);
}

}  // namespace whittle::comparison
