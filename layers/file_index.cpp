#include "layers/file_index.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string_view>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

std::string_view type_of(char type) {
  switch (type) {
    case '0':
      return "reg";
    case '1':
      return "hardlink";
    case '2':
      return "symlink";
    case '3':
      return "char";
    case '4':
      return "block";
    case '5':
      return "dir";
    case '6':
      return "fifo";
  }
  throw Error(ErrorKind::internal, "unknown type of a file");
}

[[noreturn]] void unfit(std::string_view path, std::string_view what) {
  throw Error(ErrorKind::spec,
              fmt::format("{} has {}, which the index of its layer cannot hold", shown(path), what))
      .hint("change that, or use the compression `gzip` or `zstd`");
}

void check_text(std::string_view path, std::string_view text) {
  if (!is_utf8(text)) unfit(path, "a name or target that is not UTF-8");
}

// RFC 3339; "" for the first second of 1970, which may be left out.
std::string time_of(const WritableEntry& file) {
  constexpr std::int64_t first = -62'135'596'800;  // year 1
  constexpr std::int64_t last = 253'402'300'799;   // the end of year 9999
  const auto seconds = file.header.mtime;
  const auto nanoseconds = file.header.mtime_nanoseconds;
  if (seconds == 0 && nanoseconds == 0) return {};
  if (seconds < first || seconds > last) unfit(file.path, "a time that is before year 1 or after 9999");
  const auto time = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(seconds)));
  return nanoseconds == 0 ? time + "Z" : fmt::format("{}.{:09}Z", time, nanoseconds);
}

}  // namespace

FileIndexWriter::FileIndexWriter(ByteSink& out) : out_(out) {
  out_.write(as_bytes("{\"entries\":["));
}

Json FileIndexWriter::entry(const WritableEntry& file) {
  const auto& header = file.header;
  check_text(file.path, file.path);
  check_text(file.path, header.target);
  Json entry = {{"name", header.path},
                {"type", type_of(header.type)},
                {"mode", header.mode},
                {"uid", header.uid},
                {"gid", header.gid}};
  if (auto time = time_of(file); !time.empty()) entry["modtime"] = std::move(time);
  if (!header.target.empty()) entry["linkName"] = header.target;
  if (header.device_major != 0) entry["devMajor"] = header.device_major;
  if (header.device_minor != 0) entry["devMinor"] = header.device_minor;
  if (file.xattrs != nullptr)
    for (const auto& [name, value] : *file.xattrs) {
      check_text(file.path, name);
      entry["xattrs"][name] = base64_encoded(value);
    }
  return entry;
}

void FileIndexWriter::write(const Json& entry) {
  if (any_) out_.write(as_bytes(","));
  any_ = true;
  out_.write(as_bytes(canonical(entry)));
}

void FileIndexWriter::finish(const Json& members) {
  out_.write(as_bytes("],"));
  out_.write(as_bytes(std::string_view(canonical(members)).substr(1)));
}

}  // namespace whittle::layers
