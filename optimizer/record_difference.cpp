#include "optimizer/record_difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "builder/lock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t files_named = 20;

std::string files_were(const std::vector<std::string>& files, std::string_view what) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(files.size(), files_named); ++i) names.push_back(escaped(files[i]));
  const auto more = files.size() > files_named ? fmt::format(" and {} more files", files.size() - files_named)
                                               : std::string();
  return fmt::format("{}{} {} {}", fmt::join(names, ", "), more, files.size() == 1 ? "was" : "were", what);
}

void compare_files(const evidence::Sources& then, const evidence::Sources& now,
                   std::vector<std::string>& lines) {
  std::vector<std::string> modified;
  std::vector<std::string> added;
  std::vector<std::string> gone;
  for (const auto& [path, digest] : then.files) {
    const auto found = now.files.find(path);
    if (found == now.files.end())
      gone.push_back(path);
    else if (found->second != digest)
      modified.push_back(path);
  }
  for (const auto& file : now.files)
    if (!then.files.contains(file.first)) added.push_back(file.first);
  if (!modified.empty()) lines.push_back(modified_since(modified));
  if (!added.empty()) lines.push_back(files_were(added, "added since"));
  if (!gone.empty()) lines.push_back(files_were(gone, "taken away since"));
}

void compare_texts(const std::map<std::string, std::string>& then,
                   const std::map<std::string, std::string>& now, std::string_view form,
                   std::vector<std::string>& lines) {
  for (const auto& [name, value] : then) {
    const auto found = now.find(name);
    if (found != now.end() && found->second != value)
      lines.push_back(fmt::format(fmt::runtime(form), escaped(name), escaped(value), escaped(found->second)));
  }
}

bool has_program(const std::map<std::string, std::string>& settings, std::string_view setting) {
  const auto program = setting.substr(0, setting.rfind(": ") + 1);
  const auto found = settings.lower_bound(std::string(program));
  return found != settings.end() && found->first.starts_with(program);
}

// How the programs that both have were compiled; the same on several platforms is said once.
void compare_settings(const evidence::BuildRecord& then, const evidence::BuildRecord& now,
                      std::vector<std::string>& lines) {
  std::set<std::string> said;
  for (const auto& built : then.platforms) {
    const auto again = std::find_if(now.platforms.begin(), now.platforms.end(),
                                    [&](const auto& one) { return one.platform == built.platform; });
    if (again == now.platforms.end()) continue;
    std::set<std::string> names;
    for (const auto& setting : built.settings)
      if (has_program(again->settings, setting.first)) names.insert(setting.first);
    for (const auto& setting : again->settings)
      if (has_program(built.settings, setting.first)) names.insert(setting.first);
    const auto value_in = [](const auto& settings, const std::string& name) {
      const auto found = settings.find(name);
      return found == settings.end() ? std::string("not set") : escaped(found->second);
    };
    for (const auto& name : names) {
      const auto was = value_in(built.settings, name);
      const auto is = value_in(again->settings, name);
      if (was != is) said.insert(fmt::format("{} was {}, and is {} now", escaped(name), was, is));
    }
  }
  lines.insert(lines.end(), said.begin(), said.end());
}

// The digests of each base, which are several where there are several platforms.
std::map<std::string, std::set<std::string>> bases_in(const evidence::BuildRecord& record) {
  std::map<std::string, std::set<std::string>> bases;
  for (const auto& material : record.materials)
    if (material.name.starts_with("base image"))
      for (const auto& digest : material.digests)
        bases[material.name].insert(fmt::format("{}:{}", digest.first, digest.second));
  return bases;
}

void compare_bases(const evidence::BuildRecord& then, const evidence::BuildRecord& now,
                   std::vector<std::string>& lines) {
  const auto bases_now = bases_in(now);
  for (const auto& [name, digests] : bases_in(then)) {
    const auto found = bases_now.find(name);
    if (found != bases_now.end() && found->second != digests)
      lines.push_back(fmt::format("the {} was {}, and is {} now", escaped(name),
                                  escaped(fmt::format("{}", fmt::join(digests, ", "))),
                                  escaped(fmt::format("{}", fmt::join(found->second, ", ")))));
  }
}

// Locks that cannot be read are told elsewhere: the rebuild goes by one of them.
void compare_locks(const Json& then, const Json& now, std::vector<std::string>& lines) {
  if (then == now) return;
  try {
    for (const auto& line :
         builder::differences(builder::parse_lock(canonical(then), "the recorded lock"),
                              builder::parse_lock(canonical(now), "the lock of the rebuild")))
      lines.push_back(line);
  } catch (const Error& error) {
    lines.push_back(fmt::format("the locks differ: {}", error.message()));
  }
}

}  // namespace

std::string modified_since(const std::vector<std::string>& files) {
  return files_were(files, "modified since");
}

std::vector<std::string> record_differences(const evidence::BuildRecord& then,
                                            const evidence::BuildRecord& now) {
  std::vector<std::string> lines;
  if (then.go_version != now.go_version)
    lines.push_back(fmt::format("recorded as built with Go {}, rebuilt with Go {}", escaped(then.go_version),
                                escaped(now.go_version)));
  const bool is_listed = then.sources.files.contains(then.spec_file);
  if (!is_listed && then.spec_file == now.spec_file && then.spec != now.spec)
    lines.push_back(fmt::format("{} was modified since", escaped(then.spec_file)));
  compare_files(then.sources, now.sources, lines);
  compare_settings(then, now, lines);
  compare_bases(then, now, lines);
  compare_locks(then.lock, now.lock, lines);
  compare_texts(then.values, now.values, "${{{0}}} was {1}, and is {2} now", lines);
  compare_texts(then.compressors, now.compressors, "{0} was compressed by {1}, and is by {2} now", lines);
  if (then.builder_version != now.builder_version)
    lines.push_back(fmt::format("built by whittle {}, this is {}", escaped(then.builder_version),
                                escaped(now.builder_version)));
  return lines;
}

}  // namespace whittle::optimizer
