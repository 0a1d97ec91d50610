#include "layers/file_index.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string_view>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::layers {
namespace {

std::string_view type_of(FileEntry::Type type) {
  switch (type) {
    case FileEntry::Type::directory:
      return "dir";
    case FileEntry::Type::file:
      return "reg";
    case FileEntry::Type::symlink:
      return "symlink";
    case FileEntry::Type::hardlink:
      return "hardlink";
  }
  throw Error(ErrorKind::internal, "unknown type of a file");
}

void check_text(const std::string& path, std::string_view text) {
  if (is_utf8(text)) return;
  throw Error(ErrorKind::spec, fmt::format("{} has a name or target that is not UTF-8, which the index of "
                                           "its layer, being JSON, cannot hold",
                                           shown(path)))
      .hint("rename it, or use `compression: gzip` or `zstd`");
}

}  // namespace

FileIndexWriter::FileIndexWriter(std::int64_t mtime, ByteSink& out) : out_(out) {
  // Left out, it is zero.
  if (mtime != 0) time_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(mtime)));
  out_.write(as_bytes("{\"entries\":["));
}

Json FileIndexWriter::entry(const std::string& path, const FileEntry& file) const {
  check_text(path, path);
  check_text(path, file.link_target);
  Json entry = {{"name", file.type == FileEntry::Type::directory ? path + '/' : path},
                {"type", type_of(file.type)},
                {"mode", file.mode},
                {"uid", file.uid},
                {"gid", file.gid}};
  if (!time_.empty()) entry["modtime"] = time_;
  if (!file.link_target.empty()) entry["linkName"] = file.link_target;
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
