#include "builder/git_references.hpp"

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_reference = 4096;
constexpr std::size_t largest_packed = 256U << 20U;
constexpr int most_hops = 5;  // as in git

std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

// A file that cannot be read is as good as none: version data is left out then, the build goes on.
std::optional<std::string> read_quietly(const fs::path& path, std::size_t limit) {
  try {
    return read_file_if_present(path, limit);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Calls `each(line)` for the lines of packed-refs; the first may be a header.
template <class Each>
void for_each_packed(const fs::path& common, const Each& each) {
  const auto text = read_quietly(common / "packed-refs", largest_packed);
  if (!text) return;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    each(trimmed_end(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

struct PackedLine {
  std::string_view id;
  std::string_view name;
};

std::optional<PackedLine> packed_line(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const PackedLine result{line.substr(0, space), line.substr(space + 1)};
  if (!is_object_id(result.id) || !is_reference_name(result.name)) return std::nullopt;
  return result;
}

std::optional<std::string> find_packed(const fs::path& common, std::string_view name) {
  std::optional<std::string> found;
  for_each_packed(common, [&](std::string_view line) {
    const auto packed = packed_line(line);
    if (packed && packed->name == name) found = std::string(packed->id);
  });
  return found;
}

// References that each work tree has for itself.
bool is_per_work_tree(std::string_view name) {
  return !name.starts_with("refs/") || name.starts_with("refs/bisect/") ||
         name.starts_with("refs/worktree/") || name.starts_with("refs/rewritten/");
}

void read_packed_tags(const fs::path& common, std::map<std::string, GitTag>& tags) {
  static constexpr std::string_view folder = "refs/tags/";
  bool fully_peeled = false;
  GitTag* last = nullptr;
  for_each_packed(common, [&](std::string_view line) {
    if (line.starts_with('#')) {
      fully_peeled = fully_peeled || line.find(" fully-peeled") != std::string_view::npos;
    } else if (line.starts_with('^')) {
      if (last != nullptr && is_object_id(line.substr(1))) {
        last->commit = std::string(line.substr(1));
        last->settled = true;
      }
    } else {
      last = nullptr;
      const auto packed = packed_line(line);
      if (!packed || !packed->name.starts_with(folder)) return;
      last = &tags[std::string(packed->name.substr(folder.size()))];
      *last = {std::string(packed->id), std::nullopt, fully_peeled};
    }
  });
}

void read_loose_tags(const fs::path& common, std::map<std::string, GitTag>& tags) {
  const auto folder = common / "refs" / "tags";
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const auto name = entry->path().lexically_relative(folder).native();
    if (entry->is_directory(error) || !is_reference_name("refs/tags/" + name)) continue;
    const auto text = read_quietly(entry->path(), largest_reference);
    if (!text || !is_object_id(trimmed_end(*text))) continue;
    tags[name] = {std::string(trimmed_end(*text)), std::nullopt, false};
  }
}

}  // namespace

bool is_object_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_reference_name(std::string_view name) {
  if (name.empty() || name.size() > 1024 || name.ends_with('/') || name.ends_with('.')) return false;
  if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos) return false;
  const auto is_odd = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f ||
           std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
  };
  if (std::any_of(name.begin(), name.end(), is_odd)) return false;
  while (true) {
    const auto component = name.substr(0, name.find('/'));
    if (component.empty() || component.starts_with('.') || component.ends_with(".lock")) return false;
    if (component.size() == name.size()) return true;
    name.remove_prefix(component.size() + 1);
  }
}

std::optional<std::string> read_head(const fs::path& own, const fs::path& common) {
  return read_reference("HEAD", own, common);
}

std::optional<std::string> read_reference(std::string name, const fs::path& own, const fs::path& common) {
  for (int hop = 0; hop < most_hops; ++hop) {
    const auto text = read_quietly((is_per_work_tree(name) ? own : common) / name, largest_reference);
    if (!text) return find_packed(common, name);
    std::string_view value = trimmed_end(*text);
    if (is_object_id(value)) return std::string(value);
    if (!value.starts_with("ref:")) return std::nullopt;
    value.remove_prefix(4);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    if (!is_reference_name(value)) return std::nullopt;
    name = value;
  }
  return std::nullopt;
}

std::map<std::string, GitTag> read_tags(const fs::path& common) {
  std::map<std::string, GitTag> tags;
  read_packed_tags(common, tags);
  read_loose_tags(common, tags);  // a loose reference counts before a packed one of its name
  return tags;
}

}  // namespace whittle::builder
