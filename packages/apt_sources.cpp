#include "packages/apt_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "packages/apt_source_entry.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

constexpr std::size_t file_limit = 4U << 20U;
constexpr std::size_t most_files = 1000;  // of one folder

std::string quoted(const std::filesystem::path& path) {
  return escaped(path.native(), false, 4096);
}

// The yes and no of apt's configuration.
bool is_no(std::string_view text) {
  static constexpr std::string_view words[] = {"no", "false", "without", "off", "disable", "0"};
  return std::ranges::any_of(words, [&](std::string_view word) { return equal_names(word, text); });
}

// "amd64,arm64": what stands between commas.
std::vector<std::string_view> comma_separated(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) all.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

// One option between brackets. Forms like arch+= and those that only concern apt are left alone.
void read_option(std::string_view option, AptSourceEntry& entry) {
  const auto equals = option.find('=');
  if (equals == std::string_view::npos)
    refuse_entry(entry, fmt::format("{} is not an option", shown(option)));
  const auto name = option.substr(0, equals);
  const auto value = option.substr(equals + 1);
  if (name == "arch") entry.architectures = comma_separated(value);
  if (name == "signed-by") entry.signed_by = value;
  if (name == "check-valid-until") entry.check_expiry = !is_no(value);
}

// deb [ OPTION… ] URI SUITE COMPONENT…
void read_line(std::string_view line, AptSourceEntry entry, std::string_view architecture,
               const std::vector<KeySource>& default_keys, AptSources& sources) {
  auto rest = trimmed(line.substr(0, line.find('#')));
  if (rest.empty()) return;
  const auto type = rest.substr(0, rest.find_first_of(" \t"));
  if (type == "deb-src") return;
  if (type != "deb") refuse_entry(entry, fmt::format("{} is not a type of source", shown(type)));
  rest = trimmed(rest.substr(type.size()));
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) refuse_entry(entry, "the bracket is not closed");
    for (const auto option : words_of(rest.substr(1, end - 1))) read_option(option, entry);
    rest = trimmed(rest.substr(end + 1));
  }
  auto words = words_of(rest);
  if (!words.empty()) entry.uris = {words[0]};
  if (words.size() > 1) entry.suites = {words[1]};
  if (words.size() > 2) entry.components.assign(words.begin() + 2, words.end());
  add_archives(entry, architecture, default_keys, sources);
}

void append(AptSources& all, AptSources some) {
  std::ranges::move(some.archives, std::back_inserter(all.archives));
  std::ranges::move(some.skipped, std::back_inserter(all.skipped));
}

// The files of a folder with one of these endings, sorted; none when there is no such folder.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::initializer_list<std::string_view> endings) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto extension = entry->path().extension().native();
    if (std::ranges::find(endings, std::string_view(extension)) == endings.end()) continue;
    if (files.size() == most_files)
      throw Error(ErrorKind::limit, fmt::format("{} has more than {} files", quoted(folder), most_files));
    files.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw_errno(error.value(), fmt::format("reading {}", quoted(folder)));
  std::ranges::sort(files);
  return files;
}

}  // namespace

AptSources parse_sources_list(std::string_view text, const std::string& file, std::string_view architecture,
                              const std::vector<KeySource>& default_keys) {
  AptSources sources;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    AptSourceEntry entry;
    entry.place = fmt::format("{}:{}", file, number);
    read_line(text.substr(0, end), std::move(entry), architecture, default_keys, sources);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sources;
}

AptSources parse_sources_deb822(std::string_view text, const std::string& file, std::string_view architecture,
                                const std::vector<KeySource>& default_keys) {
  AptSources sources;
  ControlReader reader(text, file, {ErrorKind::unsupported, true, {}});
  ControlParagraph paragraph;
  while (reader.next(paragraph)) {
    const auto types = words_of(paragraph.value("Types"));
    AptSourceEntry entry;
    entry.place = fmt::format("{}:{}", file, paragraph.line);
    if (types.empty()) refuse_entry(entry, "the source has no Types");
    if (is_no(paragraph.value("Enabled")) || std::ranges::find(types, "deb") == types.end()) continue;
    entry.uris = words_of(paragraph.value("URIs"));
    entry.suites = words_of(paragraph.value("Suites"));
    entry.components = words_of(paragraph.value("Components"));
    entry.architectures = words_of(paragraph.value("Architectures"));
    entry.signed_by = paragraph.value("Signed-By");
    entry.check_expiry = !is_no(paragraph.value("Check-Valid-Until"));
    add_archives(entry, architecture, default_keys, sources);
  }
  return sources;
}

AptSources read_apt_sources(const AptFolders& folders, std::string_view architecture) {
  std::vector<KeySource> keys;
  for (const auto& file : files_in(folders.configuration / "trusted.gpg.d", {".gpg", ".asc"}))
    keys.push_back({file, {}});
  for (const auto& file : folders.keyrings)
    if (std::filesystem::exists(file)) keys.push_back({file, {}});

  auto files = files_in(folders.configuration / "sources.list.d", {".list", ".sources"});
  files.insert(files.begin(), folders.configuration / "sources.list");
  AptSources all;
  for (const auto& file : files) {
    const auto text = read_file_if_present(file, file_limit);
    if (!text) continue;
    const bool is_deb822 = file.extension() == ".sources";
    append(all,
           (is_deb822 ? parse_sources_deb822 : parse_sources_list)(*text, quoted(file), architecture, keys));
  }
  return all;
}

}  // namespace whittle::packages
