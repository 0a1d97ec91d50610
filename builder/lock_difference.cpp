#include <fmt/chrono.h>
#include <fmt/format.h>

#include <set>

#include "builder/lock.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

std::string short_digest(const Digest& digest) {
  return fmt::format("{}:{}…", digest.algorithm_name(), digest.hex().substr(0, 12));
}

std::string day(std::uint64_t seconds) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

// Lines for what two maps do not have in common; `text` describes one value, `weight` says what a new one
// weighs.
template <class Map, class Text, class Weight>
void compare(const Map& before, const Map& after, const Text& text, const Weight& weight,
             std::vector<std::string>& lines) {
  std::set<typename Map::key_type> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  for (const auto& key : keys) {
    const auto old = before.find(key);
    const auto now = after.find(key);
    if (old == before.end())
      lines.push_back(fmt::format("+ {} {}{}", escaped(key), text(now->second), weight(key)));
    else if (now == after.end())
      lines.push_back(fmt::format("- {} {}", escaped(key), text(old->second)));
    else if (!(old->second == now->second))
      lines.push_back(
          fmt::format("~ {} {} → {}{}", escaped(key), text(old->second), text(now->second), weight(key)));
  }
}

// " (67.1 MB)" for what is known.
auto weights(const std::map<std::string, std::uint64_t>& sizes) {
  return [&sizes](const std::string& key) {
    const auto found = sizes.find(key);
    return found == sizes.end() ? std::string() : fmt::format(" ({})", human_size(found->second));
  };
}

// The versions of each package, with the sizes of their files.
std::map<std::string, std::string> versions(const Lock& lock) {
  std::map<std::string, std::string> result;
  for (const auto& [key, locked] : lock.packages) {
    auto& text = result[fmt::format("{} ({})", locked.package.name, locked.package.architecture)];
    if (!text.empty()) text += ", ";
    text += fmt::format("{} ({})", escaped(locked.package.version), human_size(locked.package.size));
  }
  return result;
}

std::map<std::string, std::string> toolchains(const Lock& lock) {
  std::map<std::string, std::string> result;
  if (!lock.go) return result;
  for (const auto& [platform, hash] : lock.go->toolchains) result.emplace(platform, lock.go->version);
  return result;
}

std::vector<std::string> go_lines(const Lock& before, const Lock& after, const LockSizes& sizes) {
  std::vector<std::string> lines;
  compare(
      toolchains(before), toolchains(after), [](const std::string& text) { return escaped(text); },
      weights(sizes.toolchains), lines);
  for (auto& line : lines) line.insert(2, "Go for ");
  return lines;
}

std::vector<std::string> compiler_lines(const Lock& before, const Lock& after) {
  std::vector<std::string> lines;
  compare(
      before.c_compilers, after.c_compilers, [](const LockedCompiler& one) { return one.text(); },
      [](const std::string&) { return ""; }, lines);
  for (auto& line : lines) line.insert(2, "C compiler for ");
  return lines;
}

}  // namespace

// Packages have sizes because their index states them.
std::vector<std::string> differences(const Lock& before, const Lock& after, const LockSizes& sizes) {
  auto lines = go_lines(before, after, sizes);
  const auto itself = [](const std::string& text) { return escaped(text); };
  const auto unsaid = [](const std::string&) { return ""; };
  compare(
      before.images, after.images,
      [](const LockedImage& one) {
        return fmt::format("{}, {}", short_digest(one.root), plural(one.manifests.size(), "platform"));
      },
      weights(sizes.images), lines);
  compare(
      before.archives, after.archives,
      [](const LockedArchive& one) { return fmt::format("of {}", day(one.serial)); }, unsaid, lines);
  compare(versions(before), versions(after), itself, unsaid, lines);
  for (auto& line : compiler_lines(before, after)) lines.push_back(std::move(line));
  compare(before.compressors, after.compressors, itself, unsaid, lines);
  return lines;
}

}  // namespace whittle::builder
