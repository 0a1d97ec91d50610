#include <fmt/format.h>

#include <array>
#include <map>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

FileSpec read_file_spec(const Value& entry) {
  FileSpec file;
  file.where = entry.where();
  read_mapping(entry, file_keys(), file);
  if (file.from.empty()) entry.refuse("an entry needs `from`, what to copy");
  if (file.to.empty()) entry.refuse("an entry needs `to`, where in the image it goes");
  if (file.mode && (*file.mode & 07000U) != 0 && !file.allow_setid)
    entry.refuse(
        fmt::format("mode {:04o} sets setuid, setgid or the sticky bit, which needs `allow-setid: true`",
                    *file.mode),
        ErrorKind::policy);
  return file;
}

}  // namespace

Keys<FileSpec> file_keys() {
  static constexpr std::array<Key<FileSpec>, 5> keys = {{
      {"from", [](const Value& value, FileSpec& file) { file.from = read_context_path(value); }},
      {"to",
       [](const Value& value, FileSpec& file) { file.to = read_image_path(value, TrailingSlash::allowed); }},
      {"mode", [](const Value& value, FileSpec& file) { file.mode = read_mode(value); }},
      {"owner", [](const Value& value, FileSpec& file) { file.owner = read_owner(value); }},
      {"allow-setid", [](const Value& value, FileSpec& file) { file.allow_setid = value.boolean(); }},
  }};
  return keys;
}

std::vector<FileSpec> read_files(const Value& list) {
  std::vector<FileSpec> files;
  std::map<std::pair<std::string, std::string>, std::size_t> lines;
  for (const auto& entry : list.list()) {
    files.push_back(read_file_spec(entry));
    const auto& file = files.back();
    const auto [earlier, is_new] = lines.emplace(std::pair(file.from, file.to), file.where.line);
    if (!is_new)
      entry.refuse(fmt::format("{} goes to {} already by the entry on line {}", shown(file.from),
                               shown(file.to), earlier->second));
  }
  return files;
}

}  // namespace whittle::builder
