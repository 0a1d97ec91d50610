#include "running/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

constexpr std::uint32_t largest_id = 2'147'483'647;

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(by, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> id_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_number(text) || parsed.ec != std::errc() || value > largest_id) return std::nullopt;
  return value;
}

// Of a number that the image's config has.
std::uint32_t stated_id(std::string_view text) {
  if (const auto id = id_of(text)) return *id;
  throw Error(ErrorKind::unsupported,
              fmt::format("the image's user {} is beyond {}", shown(text), largest_id));
}

struct PasswdEntry {
  std::string_view name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string_view home;
};

// The first entry that fits, as getpwnam(3) finds it.
template <class Fits>
std::optional<PasswdEntry> find_user(std::string_view file, const Fits& fits) {
  while (!file.empty()) {
    const auto fields = split(take_until(file, '\n'), ':');
    if (fields.size() < 4) continue;
    const auto uid = id_of(fields[2]);
    const auto gid = id_of(fields[3]);
    if (!uid || !gid || fields[0].empty()) continue;
    const PasswdEntry entry{fields[0], *uid, *gid, fields.size() > 5 ? fields[5] : std::string_view()};
    if (fits(entry)) return entry;
  }
  return std::nullopt;
}

// Calls visit(name, gid, members) for each entry.
template <class Visit>
void for_each_group(std::string_view file, const Visit& visit) {
  while (!file.empty()) {
    const auto fields = split(take_until(file, '\n'), ':');
    if (fields.size() < 3 || fields[0].empty()) continue;
    if (const auto gid = id_of(fields[2]))
      visit(fields[0], *gid, fields.size() > 3 ? fields[3] : std::string_view());
  }
}

std::uint32_t group_of(std::string_view name, std::string_view file) {
  if (is_number(name)) return stated_id(name);
  std::optional<std::uint32_t> found;
  for_each_group(file, [&](std::string_view entry, std::uint32_t gid, std::string_view) {
    if (!found && entry == name) found = gid;
  });
  if (found) return *found;
  throw Error(ErrorKind::not_found,
              fmt::format("the image's group {} is not in its /etc/group", shown(name)));
}

std::vector<std::uint32_t> groups_with(std::string_view member, std::uint32_t besides,
                                       std::string_view file) {
  std::vector<std::uint32_t> groups;
  for_each_group(file, [&](std::string_view, std::uint32_t gid, std::string_view members) {
    const auto names = split(members, ',');
    if (gid != besides && std::find(names.begin(), names.end(), member) != names.end()) groups.push_back(gid);
  });
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace

Account account_of(std::string_view user, const std::optional<std::string>& passwd,
                   const std::optional<std::string>& group) {
  const std::string_view users = passwd ? std::string_view(*passwd) : std::string_view();
  const std::string_view groups = group ? std::string_view(*group) : std::string_view();
  const auto colon = user.find(':');
  const auto name = user.substr(0, colon);
  Account account;
  std::optional<PasswdEntry> entry;
  if (name.empty() || is_number(name)) {
    account.uid = name.empty() ? 0 : stated_id(name);
    entry = find_user(users, [&](const PasswdEntry& one) { return one.uid == account.uid; });
  } else {
    entry = find_user(users, [&](const PasswdEntry& one) { return one.name == name; });
    if (!entry)
      throw Error(ErrorKind::not_found,
                  fmt::format("the image's user {} is not in its /etc/passwd", shown(name)));
    account.uid = entry->uid;
  }
  if (entry) {
    account.gid = entry->gid;
    account.home = std::string(entry->home);
  }
  if (colon != std::string_view::npos && colon + 1 < user.size())
    account.gid = group_of(user.substr(colon + 1), groups);
  else if (entry)
    account.groups = groups_with(entry->name, account.gid, groups);
  return account;
}

}  // namespace whittle::running
