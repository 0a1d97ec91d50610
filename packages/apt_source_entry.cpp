#include "packages/apt_source_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

constexpr std::string_view armour = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

// A block of keys in a field: each line behind one blank, an empty line as "." (sources.list(5), Signed-By).
std::string key_text(std::string_view block) {
  std::string text;
  for (const auto line : lines_of(block)) text += fmt::format("{}\n", line == "." ? "" : line);
  return text;
}

std::string fingerprint(std::string_view word, const AptSourceEntry& entry) {
  if (word.ends_with('!'))
    word.remove_suffix(1);  // "this very key": none but those listed are trusted in any case
  static constexpr std::array<std::size_t, 2> lengths{40, 64};  // of versions 4 and 6
  std::string text;
  for (const char c : word) text += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  if (std::ranges::find(lengths, text.size()) == lengths.end() ||
      text.find_first_not_of("0123456789ABCDEF") != std::string::npos)
    refuse_entry(entry, fmt::format("Signed-By: {} is neither a path nor a fingerprint", shown(word)));
  return text;
}

void read_keys(const AptSourceEntry& entry, const std::vector<KeySource>& default_keys,
               PackageArchive& archive) {
  if (entry.signed_by.find(armour) != std::string_view::npos) {
    archive.keys.push_back({{}, key_text(entry.signed_by)});
    return;
  }
  for (auto word : words_of(entry.signed_by)) {
    while (!word.empty()) {
      const auto end = std::min(word.find(','), word.size());
      const auto part = word.substr(0, end);
      word.remove_prefix(std::min(end + 1, word.size()));
      if (part.starts_with('/')) {
        archive.keys.push_back({part, {}});
      } else if (!part.empty()) {
        archive.fingerprints.push_back(fingerprint(part, entry));
      }
    }
  }
  if (archive.keys.empty()) archive.keys = default_keys;
}

bool can_be_read(std::string_view uri) {
  return uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("file:/");
}

// $(ARCH) is the one variable that apt replaces (sources.list(5)).
std::string without_variables(std::string_view text, std::string_view architecture) {
  static constexpr std::string_view variable = "$(ARCH)";
  std::string result(text);
  for (auto at = result.find(variable); at != std::string::npos;
       at = result.find(variable, at + architecture.size()))
    result.replace(at, variable.size(), architecture);
  return result;
}

// It becomes a folder in a URL.
bool is_plain(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos &&
         std::ranges::all_of(
             name, [](char c) { return c > ' ' && c < '\x7f' && c != '\\' && c != '?' && c != '#'; });
}

}  // namespace

void refuse_entry(const AptSourceEntry& entry, std::string_view why) {
  throw Error(ErrorKind::unsupported, fmt::format("{}: {}", entry.place, why));
}

void add_archives(const AptSourceEntry& entry, std::string_view architecture,
                  const std::vector<KeySource>& default_keys, AptSources& sources) {
  if (entry.uris.empty()) refuse_entry(entry, "the source has no URI");
  if (entry.suites.empty()) refuse_entry(entry, "the source has no suite");
  const auto& wanted = entry.architectures;
  if (!wanted.empty() && std::ranges::find(wanted, architecture) == wanted.end()) return;
  const auto skip = [&](std::string_view what, std::string_view why) {
    sources.skipped.push_back(fmt::format("{}: {}: {}", entry.place, shown(what), why));
  };
  for (const auto uri : entry.uris) {
    if (!can_be_read(uri)) {
      skip(uri, "only http, https and file can be read");
      continue;
    }
    for (const auto suite : entry.suites) {
      if (suite.ends_with('/')) {
        skip(suite, "archives without suites cannot be read");
        continue;
      }
      PackageArchive archive{
          {without_variables(uri, architecture)}, without_variables(suite, architecture), {}, {}};
      if (!is_plain(archive.suite)) refuse_entry(entry, fmt::format("{} is not a suite", shown(suite)));
      if (entry.components.empty()) refuse_entry(entry, "the source has no component");
      for (const auto component : entry.components) {
        if (!is_plain(component)) refuse_entry(entry, fmt::format("{} is not a component", shown(component)));
        archive.components.emplace_back(component);
      }
      archive.check_expiry = entry.check_expiry;
      read_keys(entry, default_keys, archive);
      sources.archives.push_back(std::move(archive));
    }
  }
}

}  // namespace whittle::packages
