#include "packages/release_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

// As much may the clocks of archive and machine be apart.
constexpr std::chrono::seconds clock_tolerance{300};

[[noreturn]] void refuse_release(const std::string& what, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{}: {}", what, why));
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::chrono::sys_seconds date_of(std::string_view text, std::string_view field, const std::string& what) {
  const auto date = parse_release_date(text);
  if (!date) refuse_release(what, fmt::format("{}: {} is not a date", field, shown(text)));
  return *date;
}

// DIGEST SIZE PATH
void read_files(std::string_view value, ReleaseFile& release, const std::string& what) {
  for (const auto line : lines_of(value)) {
    const auto words = words_of(line);
    if (words.size() != 3) refuse_release(what, fmt::format("{} is not DIGEST SIZE PATH", shown(line)));
    const auto digest = sha256_from_hex(words[0]);
    const auto size = number<std::uint64_t>(words[1]);
    if (!digest || !size) refuse_release(what, fmt::format("{} is not DIGEST SIZE PATH", shown(line)));
    if (release.files.size() == release_entry_limit)
      throw Error(ErrorKind::limit, fmt::format("{} names more than {} files", what, release_entry_limit));
    const auto [place, is_new] = release.files.emplace(words[2], ReleaseEntry{*size, *digest});
    if (!is_new && (place->second.size != *size || place->second.digest != *digest))
      refuse_release(what, fmt::format("{} has two digests", shown(words[2])));
  }
}

std::string shown_date(std::chrono::sys_seconds date) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                     fmt::gmtime(static_cast<std::time_t>(date.time_since_epoch().count())));
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_release_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static constexpr std::array<std::string_view, 4> zones{"UTC", "GMT", "Z", "+0000"};
  const auto words = words_of(text);
  if (words.size() != 6 || !words[0].ends_with(',')) return std::nullopt;
  const auto day = number<unsigned>(words[1]);
  const auto month = std::ranges::find(months, words[2]);
  const auto year = number<unsigned>(words[3]);
  const auto time = words[4];
  // One digit for the hour is seen as well.
  const auto first = time.find(':');
  const auto second = first == std::string_view::npos ? first : time.find(':', first + 1);
  if (!day || !year || *year > 9999 || month == months.end() || second == std::string_view::npos)
    return std::nullopt;
  const auto hours = number<unsigned>(time.substr(0, first));
  const auto minutes = number<unsigned>(time.substr(first + 1, second - first - 1));
  const auto seconds = number<unsigned>(time.substr(second + 1));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  if (std::ranges::find(zones, words[5]) == zones.end()) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

const ReleaseEntry* ReleaseFile::find(std::string_view path) const {
  const auto found = files.find(path);
  return found == files.end() ? nullptr : &found->second;
}

ReleaseFile parse_release(std::string_view text, const std::string& what) {
  ControlReader reader(text, what);
  ControlParagraph fields;
  ControlParagraph more;
  if (!reader.next(fields)) refuse_release(what, "it is empty");
  if (reader.next(more)) refuse_release(what, "it has a second paragraph");
  if (!fields.find("SHA256"))
    throw Error(ErrorKind::unverified,
                fmt::format("{} has no digests of SHA-256, and weaker ones prove nothing", what));
  ReleaseFile release;
  release.origin = fields.value("Origin");
  release.suite = fields.value("Suite");
  release.codename = fields.value("Codename");
  release.date = date_of(fields.value("Date"), "Date", what);
  if (const auto until = fields.find("Valid-Until"))
    release.valid_until = date_of(*until, "Valid-Until", what);
  release.by_hash = equal_names(fields.value("Acquire-By-Hash"), "yes");
  const auto architectures = words_of(fields.value("Architectures"));
  const auto elsewhere = words_of(fields.value("No-Support-for-Architecture-all"));
  release.all_apart = std::ranges::find(architectures, "all") != architectures.end() &&
                      std::ranges::find(elsewhere, "Packages") == elsewhere.end();
  for (const auto component : words_of(fields.value("Components")))
    release.components.emplace_back(component);
  read_files(fields.value("SHA256"), release, what);
  return release;
}

void check_release(const ReleaseFile& release, std::string_view asked, std::chrono::sys_seconds now,
                   bool check_expiry, const std::string& what) {
  const auto refuse = [&](const std::string& why) { return Error(ErrorKind::unverified, what + ": " + why); };
  if (asked != release.suite && asked != release.codename)
    throw refuse(fmt::format("{} was asked for, but it is of {} ({})", shown(asked), shown(release.suite),
                             shown(release.codename)));
  if (release.date > now + clock_tolerance)
    throw refuse(fmt::format("it is from the future ({})", shown_date(release.date)))
        .hint("check this machine's clock");
  if (check_expiry && release.valid_until && *release.valid_until < now)
    throw refuse(fmt::format("it was valid until {}", shown_date(*release.valid_until)))
        .hint(
            "the mirror is behind, or somebody replays an old state; for an archive that is meant to be old, "
            "switch "
            "off the check of its expiry");
}

void check_age(const ReleaseFile& release, std::chrono::sys_seconds not_before, const std::string& what) {
  if (release.date >= not_before) return;
  throw Error(ErrorKind::unverified, fmt::format("{} is of {}, older than the one of {} that the lock names",
                                                 what, shown_date(release.date), shown_date(not_before)))
      .hint("the mirror is behind, or somebody replays an old state");
}

}  // namespace whittle::packages
