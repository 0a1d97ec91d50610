#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/named_values.hpp"
#include "builder/spec_fields.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

struct RefusedFlag {
  std::string_view name;
  std::string_view why;
};

// Flags of Go's linker that would take a part of the build out of whittle's hands.
constexpr std::string_view runs_a_linker = "it brings in a C linker of this machine";
constexpr std::string_view writes_a_file = "it writes a file outside the build";
constexpr std::string_view by_go = "the go command sets it";
constexpr std::string_view own_binary = "it changes how the program is loaded";
constexpr std::array<RefusedFlag, 30> refused_flags = {{
    {"B", "it sets a build id; whittle keeps them empty so that equal sources give equal bytes"},
    {"I", own_binary},
    {"L", by_go},
    {"T", own_binary},
    {"asan", by_go},
    {"benchmark", writes_a_file},
    {"benchmarkprofile", writes_a_file},
    {"buildid", "whittle keeps it empty so that equal sources give equal bytes"},
    {"buildmode", by_go},
    {"capturehostobjs", writes_a_file},
    {"cpuprofile", writes_a_file},
    {"d", own_binary},
    {"dumpdep", "it prints and changes nothing"},
    {"extar", runs_a_linker},
    {"extld", runs_a_linker},
    {"extldflags", runs_a_linker},
    {"fipso", writes_a_file},
    {"importcfg", by_go},
    {"installsuffix", by_go},
    {"libgcc", runs_a_linker},
    {"linkmode", runs_a_linker},
    {"linkshared", by_go},
    {"memprofile", writes_a_file},
    {"msan", by_go},
    {"o", "whittle says where the result goes"},
    {"pluginpath", by_go},
    {"r", own_binary},
    {"race", by_go},
    {"tmpdir", writes_a_file},
    {"v", "it prints and changes nothing"},
}};

// Flags that whittle passes on as they are.
constexpr std::array<std::string_view, 7> passed_flags = {
    "-s", "-w", "-w=0", "-compressdwarf=false", "-compressdwarf=true", "-checklinkname=0", "-bindnow"};

// "-X=importpath.name=value", from that or "-X importpath.name=value".
std::string variable_flag(const Value& value, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto name = assignment.substr(0, equals);
  const auto is_odd = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == '\'' || c == '"' || c == '$' || c == '\\';
  };
  if (name.empty() || equals == std::string_view::npos || name.find('.') == std::string_view::npos)
    value.refuse(fmt::format("{} sets no variable", shown(assignment)),
                 "write `-X=main.version=1.2`: the package's path, a dot, the variable, `=` and its value");
  if (std::any_of(name.begin(), name.end(), is_odd))
    value.refuse(fmt::format("{} is not the name of a variable", shown(name)),
                 "no quotes are needed within an item: each one reaches the linker as one argument");
  return fmt::format("-X={}", assignment);
}

[[noreturn]] void refuse_flag(const Value& value, std::string_view flag) {
  const auto first = flag.find_first_not_of('-');
  const auto name = flag.substr(first, std::min(flag.find_first_of("= ", first), flag.size()) - first);
  const auto refused = std::find_if(refused_flags.begin(), refused_flags.end(),
                                    [&](const RefusedFlag& entry) { return entry.name == name; });
  if (refused != refused_flags.end())
    value.refuse(fmt::format("`-{}` is not allowed: {}", name, refused->why));
  if (flag.find(' ') != std::string_view::npos)
    value.refuse(fmt::format("{} are several flags", shown(flag)), "write each flag as an item of the list");
  std::string known = "`-X=…`";
  for (const auto passed : passed_flags) known += fmt::format(", `{}`", passed);
  value.refuse(
      fmt::format("{} is not a flag that whittle passes to the linker; it passes {}", shown(flag), known));
}

std::string read_linker_flag(const Value& value) {
  const auto written = value.expandable_text();
  std::string_view flag = written;
  if (flag.starts_with("--")) flag.remove_prefix(1);
  if (flag.size() < 2 || flag[0] != '-') value.refuse(fmt::format("{} is not a flag", shown(written)));
  if (flag.starts_with("-X=") || flag.starts_with("-X ")) {
    const auto assignment = flag.substr(std::min(flag.find_first_not_of(' ', 3), flag.size()));
    return variable_flag(value, assignment);
  }
  if (has_named_values(flag)) value.refuse("named values expand in the values of `-X` only");
  if (std::find(passed_flags.begin(), passed_flags.end(), flag) == passed_flags.end())
    refuse_flag(value, flag);
  return std::string(flag);
}

std::string read_build_tag(const Value& value) {
  auto tag = value.text();
  const auto is_allowed = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    return letter || digit || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  if (tag.empty() || !std::all_of(tag.begin(), tag.end(), is_allowed))
    value.refuse(fmt::format("{} is not a build tag", shown(tag)),
                 "a tag has letters, digits, `_` and `.`; write each tag as an item of the list");
  return tag;
}

// Removes a number without leading zeros from the front of `text`.
bool take_version_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 6 || (end > 1 && text[0] == '0')) return false;
  text.remove_prefix(end);
  return true;
}

}  // namespace

std::vector<std::string> read_build_tags(const Value& value) {
  auto tags = read_distinct<std::string>(value, read_build_tag);
  std::sort(tags.begin(), tags.end());
  return tags;
}

std::vector<std::string> read_linker_flags(const Value& value) {
  return read_distinct<std::string>(value, read_linker_flag);
}

std::string read_go_version(const Value& value) {
  auto version = value.text();
  std::string_view rest = version;
  bool good = take_version_number(rest);
  for (int i = 0; i < 2 && good && rest.starts_with('.'); ++i) {
    rest.remove_prefix(1);
    good = take_version_number(rest);
  }
  if (rest.starts_with("rc") || rest.starts_with("beta")) {
    rest.remove_prefix(rest[0] == 'r' ? 2 : 4);
    good = good && take_version_number(rest);
  }
  if (!good || !rest.empty() || !version.starts_with("1."))
    value.refuse(fmt::format("{} is not a version of Go", shown(version)),
                 "write it as `go version` does, without the `go` in front: 1.26.8");
  return version;
}

}  // namespace whittle::builder
