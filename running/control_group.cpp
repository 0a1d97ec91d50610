#include "running/control_group.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_file = 4U << 20U;

// These files are the kernel's, and may go at any time with the group.
std::string kernel_text(const fs::path& file) {
  try {
    return read_file_if_present(file, largest_file).value_or("");
  } catch (const Error&) {
    return {};
  }
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  return whole_number<std::uint64_t>(trimmed(text, " \n"));
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
  return number_of(kernel_text(file));
}

// "NAME NUMBER" lines.
std::map<std::string, std::uint64_t, std::less<>> table_of(const fs::path& file) {
  std::map<std::string, std::uint64_t, std::less<>> table;
  const auto text = kernel_text(file);
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_until(rest, '\n');
    const auto name = take_until(line, ' ');
    if (const auto value = number_of(line)) table.emplace(name, *value);
  }
  return table;
}

std::uint64_t value_of(const std::map<std::string, std::uint64_t, std::less<>>& table,
                       std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? 0 : found->second;
}

struct Mount {
  std::string root;  // which part of the hierarchy is there
  fs::path at;
  bool unified = false;
  std::set<std::string, std::less<>> controllers = {};
};

// proc(5), /proc/pid/mountinfo: "36 35 0:31 ROOT AT options … - TYPE SOURCE super,options".
std::vector<Mount> cgroup_mounts(const fs::path& proc) {
  std::vector<Mount> mounts;
  const auto text = kernel_text(proc / "self" / "mountinfo");
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_until(rest, '\n');
    for (int i = 0; i < 3; ++i) take_until(line, ' ');
    Mount mount{std::string(take_until(line, ' ')), fs::path(take_until(line, ' '))};
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    line.remove_prefix(dash + 3);
    const auto type = take_until(line, ' ');
    if (type != "cgroup" && type != "cgroup2") continue;
    mount.unified = type == "cgroup2";
    take_until(line, ' ');
    while (!line.empty()) mount.controllers.emplace(take_until(line, ','));
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

// The folder of a path of the hierarchy, where the part that is mounted has it.
std::optional<fs::path> folder_in(const Mount& mount, std::string_view path) {
  if (mount.root != "/" && path.starts_with(mount.root))
    path.remove_prefix(mount.root.size());
  else if (mount.root != "/")
    return std::nullopt;
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? mount.at : mount.at / path;
}

}  // namespace

ControlGroup ControlGroup::of(pid_t process, const fs::path& proc) {
  ControlGroup group;
  const auto mounts = cgroup_mounts(proc);
  const auto text = kernel_text(proc / std::to_string(process) / "cgroup");
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_until(rest, '\n');
    take_until(line, ':');
    auto names = take_until(line, ':');  // none for version 2
    const bool unified = names.empty();
    std::set<std::string, std::less<>> controllers;
    while (!names.empty()) controllers.emplace(take_until(names, ','));
    for (const auto& mount : mounts) {
      const bool fits =
          unified ? mount.unified
                  : !mount.unified && std::includes(mount.controllers.begin(), mount.controllers.end(),
                                                    controllers.begin(), controllers.end());
      const auto folder = fits ? folder_in(mount, line) : std::nullopt;
      if (!folder) continue;
      if (unified) {
        const auto there = kernel_text(*folder / "cgroup.controllers");
        for (std::string_view left = there; !left.empty();) {
          auto word = take_until(left, ' ');
          while (!word.empty() && word.back() == '\n') word.remove_suffix(1);
          controllers.emplace(word);
        }
        controllers.emplace("cpuacct");  // cpu.stat is always there
      }
      const unsigned version = unified ? 2 : 1;
      for (const auto& [name, into] :
           {std::pair{"memory", &group.memory_}, std::pair{"cpu", &group.cpu_},
            std::pair{"cpuacct", &group.cpu_time_}, std::pair{"pids", &group.pids_}})
        if (controllers.contains(name) && into->version == 0) *into = {version, *folder};
      break;
    }
  }
  return group;
}

MemoryByKind ControlGroup::memory() const {
  MemoryByKind memory;
  if (memory_.version == 0) return memory;
  const auto stat = table_of(memory_.folder / "memory.stat");
  const auto cache = [&](std::string_view name) { return value_of(stat, name); };
  if (memory_.version == 2) {
    memory.total = number_in(memory_.folder / "memory.current").value_or(0);
    memory.anonymous = cache("anon");
    memory.shared = cache("shmem");
    memory.file = cache("file") - std::min(cache("file"), memory.shared);
    memory.kernel = cache("kernel");
    memory.socket = cache("sock");
    return memory;
  }
  memory.total = number_in(memory_.folder / "memory.usage_in_bytes").value_or(0);
  memory.anonymous = cache("total_rss");
  memory.shared = cache("total_shmem");
  memory.file = cache("total_cache") - std::min(cache("total_cache"), memory.shared);
  memory.kernel = number_in(memory_.folder / "memory.kmem.usage_in_bytes").value_or(0);
  memory.socket = number_in(memory_.folder / "memory.kmem.tcp.usage_in_bytes").value_or(0);
  return memory;
}

std::optional<std::uint64_t> ControlGroup::peak() const {
  if (memory_.version == 0) return std::nullopt;
  return number_in(memory_.folder / (memory_.version == 2 ? "memory.peak" : "memory.max_usage_in_bytes"));
}

std::optional<std::uint64_t> ControlGroup::memory_limit() const {
  if (memory_.version == 0) return std::nullopt;
  // "max" of version 2 is no number; version 1 has the largest there is.
  const auto limit =
      number_in(memory_.folder / (memory_.version == 2 ? "memory.max" : "memory.limit_in_bytes"));
  return limit && *limit < (1ULL << 60U) ? limit : std::nullopt;
}

Counters ControlGroup::counters() const {
  Counters counters;
  if (memory_.version > 0) {
    const auto stat = table_of(memory_.folder / "memory.stat");
    const std::string prefix = memory_.version == 1 ? "total_" : "";
    counters.page_faults = value_of(stat, prefix + "pgfault");
    counters.major_faults = value_of(stat, prefix + "pgmajfault");
    const auto events =
        table_of(memory_.folder / (memory_.version == 1 ? "memory.oom_control" : "memory.events"));
    counters.oom_kills = value_of(events, "oom_kill");
  }
  if (pids_.version > 0)
    counters.process_limit_hits = value_of(table_of(pids_.folder / "pids.events"), "max");
  if (cpu_.version > 0) {
    const auto stat = table_of(cpu_.folder / "cpu.stat");
    counters.periods = value_of(stat, "nr_periods");
    counters.throttled = value_of(stat, "nr_throttled");
    counters.throttled_microseconds =
        cpu_.version == 2 ? value_of(stat, "throttled_usec") : value_of(stat, "throttled_time") / 1000;
  }
  if (cpu_time_.version == 2)
    counters.cpu_microseconds = value_of(table_of(cpu_time_.folder / "cpu.stat"), "usage_usec");
  if (cpu_time_.version == 1)
    counters.cpu_microseconds = number_in(cpu_time_.folder / "cpuacct.usage").value_or(0) / 1000;
  return counters;
}

std::vector<pid_t> ControlGroup::processes() const {
  std::vector<pid_t> processes;
  const auto& folder = memory_.version > 0 ? memory_.folder : pids_.folder;
  if (folder.empty()) return processes;
  const auto text = kernel_text(folder / "cgroup.procs");
  for (std::string_view rest = text; !rest.empty();)
    if (const auto pid = number_of(take_until(rest, '\n'))) processes.push_back(static_cast<pid_t>(*pid));
  return processes;
}

std::optional<std::string> ControlGroup::why_no_limit() const {
  for (const auto& [one, name] :
       {std::pair{&memory_, "memory"}, std::pair{&cpu_, "cpu"}, std::pair{&pids_, "pids"}})
    if (one->version == 0) return fmt::format("this machine has no control groups for {} here", name);
  for (const auto* one : {&memory_, &cpu_, &pids_})
    if (::access(one->folder.c_str(), W_OK) != 0) return "this user may not make control groups here";
  return std::nullopt;
}

std::set<fs::path> ControlGroup::folders() const {
  std::set<fs::path> folders;
  for (const auto* one : {&memory_, &cpu_, &cpu_time_, &pids_})
    if (one->version > 0) folders.insert(one->folder);
  return folders;
}

bool ControlGroup::is_named(std::string_view text) const {
  return memory_.folder.filename().native().find(text) != std::string::npos;
}

std::optional<fs::path> second_hierarchy(const fs::path& proc) {
  const auto mounts = cgroup_mounts(proc);
  const auto unified =
      std::find_if(mounts.begin(), mounts.end(), [](const Mount& mount) { return mount.unified; });
  const bool other =
      std::any_of(mounts.begin(), mounts.end(), [](const Mount& mount) { return !mount.unified; });
  if (unified == mounts.end() || !other) return std::nullopt;
  return unified->at;
}

}  // namespace whittle::running
