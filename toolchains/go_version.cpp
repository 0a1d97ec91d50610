#include "toolchains/go_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t most_digits = 6;

// Takes a decimal number without needless zeros from the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > most_digits || (end > 1 && text.front() == '0')) return std::nullopt;
  std::uint32_t value = 0;
  for (const char digit : text.substr(0, end)) value = value * 10 + static_cast<std::uint32_t>(digit - '0');
  text.remove_prefix(end);
  return value;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string_view> words;
  line = line.substr(0, line.find("//"));
  for (auto start = line.find_first_not_of(blanks); start != std::string_view::npos;
       start = line.find_first_not_of(blanks, start)) {
    const auto end = std::min(line.find_first_of(blanks, start), line.size());
    words.push_back(line.substr(start, end - start));
    start = end;
  }
  return words;
}

[[noreturn]] void refuse_line(std::string_view what, std::size_t line, std::string_view why) {
  throw Error(ErrorKind::source, fmt::format("{}:{}: {}", what, line, why));
}

// One version, once: what `go` and `toolchain` lines have in common.
void settle(std::optional<GoVersion>& place, std::string_view text, std::string_view what, std::size_t line) {
  auto version = GoVersion::parse(text);
  if (!version) refuse_line(what, line, fmt::format("{} is no version of Go", shown(text)));
  if (place) refuse_line(what, line, "the line is there twice");
  place = std::move(version);
}

}  // namespace

std::optional<GoVersion> GoVersion::parse(std::string_view text) {
  take(text, "go");
  GoVersion version;
  version.text_ = text;
  const auto major = take_number(text);
  if (!major) return std::nullopt;
  version.major_ = *major;
  if (text.empty()) return version;  // "1" is 1.0.0
  const auto minor = take(text, ".") ? take_number(text) : std::nullopt;
  if (!minor) return std::nullopt;
  version.minor_ = *minor;
  if (text.empty()) {
    if (version.is_at_least_1_21()) version.stage_ = Stage::language;
    return version;
  }
  if (take(text, ".")) {
    const auto patch = take_number(text);
    if (!patch || !text.empty()) return std::nullopt;
    version.patch_ = *patch;
    return version;
  }
  static constexpr std::array stages{std::pair("alpha", Stage::alpha), std::pair("beta", Stage::beta),
                                     std::pair("rc", Stage::candidate)};
  const auto stage =
      std::find_if(stages.begin(), stages.end(), [&](const auto& item) { return take(text, item.first); });
  const auto number = stage == stages.end() ? std::nullopt : take_number(text);
  if (!number || !text.empty()) return std::nullopt;
  version.stage_ = stage->second;
  version.number_ = *number;
  return version;
}

std::string GoVersion::language() const {
  return fmt::format("{}.{}", major_, minor_);
}

std::strong_ordering GoVersion::operator<=>(const GoVersion& other) const {
  return std::tie(major_, minor_, stage_, patch_, number_) <=>
         std::tie(other.major_, other.minor_, other.stage_, other.patch_, other.number_);
}

GoLines read_go_lines(std::string_view text, std::string_view what) {
  GoLines lines;
  bool in_block = false;  // `require (` up to `)`: what stands there is no directive
  bool has_default = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (in_block) {
      in_block = words.front() != ")";
    } else if (words.back().ends_with('(')) {
      in_block = true;
    } else if (words.front() == "go" || words.front() == "toolchain") {
      if (words.size() != 2)
        refuse_line(what, number, fmt::format("a `{}` line has one version", words.front()));
      if (words.front() == "go") {
        if (words[1].starts_with("go"))
          refuse_line(what, number, "a `go` line has a version without `go` in front");
        settle(lines.go, words[1], what, number);
      } else if (has_default || (words[1] == "default" && lines.toolchain)) {
        refuse_line(what, number, "the line is there twice");
      } else if (words[1] == "default") {
        has_default = true;
      } else {
        const auto suffix = words[1].find('-');
        if (suffix != std::string_view::npos && GoVersion::parse(words[1].substr(0, suffix)))
          throw Error(ErrorKind::unsupported, fmt::format("{}:{}: the toolchain {} is nowhere to fetch", what,
                                                          number, shown(words[1])))
              .hint("name a released version, or remove the `toolchain` line");
        if (!words[1].starts_with("go"))
          refuse_line(what, number, "a `toolchain` line has a version with `go` in front");
        settle(lines.toolchain, words[1], what, number);
      }
    }
  }
  return lines;
}

}  // namespace whittle::toolchains
