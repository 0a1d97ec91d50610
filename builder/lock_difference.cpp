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

// Lines for what two maps do not have in common; `text` describes one value.
template <class Map, class Text>
void compare(const Map& before, const Map& after, const Text& text, std::vector<std::string>& lines) {
  std::set<typename Map::key_type> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  for (const auto& key : keys) {
    const auto old = before.find(key);
    const auto now = after.find(key);
    if (old == before.end()) lines.push_back(fmt::format("+ {} {}", escaped(key), text(now->second)));
    else if (now == after.end()) lines.push_back(fmt::format("- {} {}", escaped(key), text(old->second)));
    else if (!(old->second == now->second))
      lines.push_back(fmt::format("~ {} {} → {}", escaped(key), text(old->second), text(now->second)));
  }
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
  for (const auto& [platform, hash] : lock.go->toolchains) result.emplace("Go for " + platform, lock.go->version);
  return result;
}

}  // namespace

// Packages have sizes because their index states them. What a toolchain or a base image weighs is not known when its
// digest is: it would take a request for each, of which nothing else comes.
std::vector<std::string> differences(const Lock& before, const Lock& after) {
  std::vector<std::string> lines;
  const auto itself = [](const std::string& text) { return escaped(text); };
  compare(toolchains(before), toolchains(after), itself, lines);
  compare(before.images, after.images,
          [](const LockedImage& one) {
            return fmt::format("{} ({})", short_digest(one.root), plural(one.manifests.size(), "platform"));
          },
          lines);
  compare(before.archives, after.archives, [](const LockedArchive& one) { return fmt::format("of {}", day(one.serial)); }, lines);
  compare(versions(before), versions(after), itself, lines);
  compare(before.compressors, after.compressors, itself, lines);
  return lines;
}

}  // namespace whittle::builder
