#include "packages/maintainer_scripts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "common/text.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

struct KnownScript {
  std::string_view package;
  std::string_view script;
  std::string_view why;
};

// Read in bookworm and trixie, one by one.
constexpr std::array<KnownScript, 10> known_scripts = {{
    {"base-files", "postinst", "the built-in `folders` makes what a program needs of its folders"},
    {"base-files", "preinst", "it only moves folders of older versions"},
    {"base-passwd", "postinst", "the built-in `accounts` writes /etc/passwd and /etc/group"},
    {"base-passwd", "preinst", "the built-in `accounts` writes /etc/passwd and /etc/group"},
    {"ca-certificates", "postinst", "the built-in `certificates` writes the bundle"},
    {"libc6", "postinst", "it only restarts services after an upgrade"},
    {"libc6", "preinst", "it only looks for a kernel that is too old, and at older versions"},
    {"netbase", "postinst",
     "it writes /etc/hosts, which the container's runtime does, and /etc/networks, which nothing asks for"},
    {"tzdata", "postinst", "the built-in `time-zone` sets UTC"},
    {"tzdata", "preinst", "it only cleans up behind older versions"},
}};

struct KnownTrigger {
  std::string_view name;
  std::string_view why;
};
constexpr std::string_view multilib =
    "a folder of a second architecture gets its link where a package has it";
constexpr std::array<KnownTrigger, 7> known_triggers = {{
    {"/usr/lib32", multilib},
    {"/usr/libo32", multilib},
    {"/usr/libx32", multilib},
    {"ldconfig", "the loader finds libraries in its default folders without a cache"},
    {"update-ca-certificates", "the built-in `certificates` writes the bundle"},
    {"update-ca-certificates-fresh", "the built-in `certificates` writes the bundle"},
    {"update-initramfs", "a container starts no kernel"},
}};

struct Deed {
  std::string_view program;
  std::string_view what;
};
constexpr std::array<Deed, 8> deeds = {{
    {"dpkg-divert", "moves files of other packages away (dpkg-divert)"},
    {"dpkg-statoverride", "changes modes and owners (dpkg-statoverride)"},
    {"update-alternatives", "sets alternatives (update-alternatives)"},
    {"adduser", "makes users (adduser)"},
    {"useradd", "makes users (useradd)"},
    {"addgroup", "makes groups (addgroup)"},
    {"groupadd", "makes groups (groupadd)"},
    {"setcap", "gives files capabilities (setcap)"},
}};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

bool has_word(std::string_view line, std::string_view word) {
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word_character(line[at - 1])) &&
        (end == line.size() || !is_word_character(line[end])))
      return true;
  }
  return false;
}

// dpkg-maintscript-helper acts when a package is upgraded from a version before one it is given, and never
// when it is installed anew (dpkg-maintscript-helper(1)).
bool only_upgrades(std::string_view script) {
  const auto lines = lines_of(script);
  return std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
    return line == "set -e" || line == "exit 0" || line.starts_with("dpkg-maintscript-helper ");
  });
}

std::optional<std::string_view> reason_for(std::string_view package, std::string_view script,
                                           std::string_view text) {
  for (const auto& known : known_scripts)
    if (known.package == package && known.script == script) return known.why;
  if (script == "config") return "it only asks questions";
  if (only_upgrades(text)) return "it only acts on upgrades";
  return std::nullopt;
}

std::string deeds_of(std::string_view script) {
  std::string result;
  for (const auto& deed : deeds) {
    const auto lines = lines_of(script);
    if (std::none_of(lines.begin(), lines.end(), [&](auto line) { return has_word(line, deed.program); }))
      continue;
    result += fmt::format("{}{}", result.empty() ? ": it " : ", ", deed.what);
  }
  return result;
}

ScriptJudgement judge_script(const std::string& package, std::string_view script, std::string_view text) {
  if (const auto why = reason_for(package, script, text))
    return {true, fmt::format("the {} of {} is not run: {}", script, package, *why)};
  return {false, fmt::format("the {} of {} is not run{}", script, package, deeds_of(text))};
}

// "interest NAME", "activate NAME" and their forms with -await and -noawait (deb-triggers(5)).
ScriptJudgement judge_trigger(const std::string& package, std::string_view line) {
  const auto words = words_of(line);
  const auto name = words.size() > 1 ? words[1] : line;
  const auto text = fmt::format("the trigger {} of {} is not run", escaped(name), package);
  for (const auto& known : known_triggers)
    if (known.name == name) return {true, fmt::format("{}: {}", text, known.why)};
  return {false, text};
}

}  // namespace

std::vector<ScriptJudgement> judge_scripts(const std::string& package, const DebFile& file) {
  std::vector<ScriptJudgement> result;
  for (const auto* script : {"preinst", "config", "postinst"})
    if (const auto text = file.control_file(script); !text.empty())
      result.push_back(judge_script(package, script, text));
  std::set<std::string_view> names;
  for (const auto line : lines_of(file.control_file("triggers")))
    if (names.insert(line).second) result.push_back(judge_trigger(package, line));
  return result;
}

}  // namespace whittle::packages
