#include "running/runtime_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "common/error.hpp"
#include "common/text.hpp"
#include "running/refused_calls.hpp"

namespace whittle::running {
namespace {

constexpr std::uint64_t cpu_period = 100'000;  // microseconds
constexpr std::string_view usual_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string> arguments_of(const layers::Execution& execution) {
  std::vector<std::string> arguments;
  for (const auto& words : {execution.entrypoint, execution.cmd})
    if (words) arguments.insert(arguments.end(), words->begin(), words->end());
  if (arguments.empty())
    throw Error(ErrorKind::unsupported,
                "the image has neither an entrypoint nor a command: there is nothing to run");
  return arguments;
}

bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::any_of(env.begin(), env.end(), [&](const std::string& one) {
    return one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=';
  });
}

// JSON has no other text than UTF-8, and neither has the runtime's.
Json utf8(const std::vector<std::string>& texts, std::string_view what) {
  for (const auto& text : texts)
    if (!is_utf8(text) || text.find('\0') != std::string::npos)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} {} is no text that a runtime takes", what, shown(text)));
  return texts;
}

Json environment_of(const layers::Execution& execution, const Account& account,
                    const Confinement& confinement) {
  auto env = execution.env;
  if (!has_variable(env, "PATH")) env.emplace_back(usual_path);
  if (!has_variable(env, "HOME") && !account.home.empty()) env.push_back("HOME=" + account.home);
  for (const auto& added : confinement.env) {
    const auto name = added.substr(0, added.find('='));
    std::erase_if(env, [&](const std::string& one) { return one.starts_with(name + "="); });
    env.push_back(added);
  }
  return utf8(env, "the variable");
}

Json limit(std::string_view type, std::uint64_t most) {
  return {{"type", type}, {"soft", most}, {"hard", most}};
}

Json process_of(const layers::Execution& execution, const Account& account, const Confinement& confinement) {
  const auto none = Json::array();
  Json user = {{"uid", account.uid}, {"gid", account.gid}};
  // A namespace with one group only cannot have others.
  const bool one_group = confinement.gids.size() == 1 && confinement.gids.front().count == 1;
  if (!account.groups.empty() && !one_group) user["additionalGids"] = account.groups;
  auto limits = Json::array({limit("RLIMIT_CORE", 0)});
  if (!confinement.limited && !confinement.uids.empty())
    limits.push_back(limit("RLIMIT_NPROC", confinement.processes));
  return {{"terminal", false},
          {"user", std::move(user)},
          {"args", utf8(arguments_of(execution), "the argument")},
          {"env", environment_of(execution, account, confinement)},
          {"cwd", execution.working_dir.empty() ? "/" : utf8({execution.working_dir}, "the folder").front()},
          {"capabilities",
           {{"bounding", none},
            {"effective", none},
            {"inheritable", none},
            {"permitted", none},
            {"ambient", none}}},
          {"rlimits", std::move(limits)},
          {"noNewPrivileges", true}};
}

Json mount(std::string_view at, std::string_view type, std::string_view source,
           std::vector<std::string> options) {
  return {{"destination", at}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

// Where the program may write: in memory, and no more than it is given.
std::set<std::string> scratch_folders(const layers::Execution& execution) {
  std::set<std::string> folders = {"/run", "/tmp"};
  for (const auto& volume : execution.volumes)
    if (volume.starts_with('/') && volume != "/" && is_utf8(volume) && volume.find("..") == std::string::npos)
      folders.insert(volume);
  return folders;
}

Json mounts_of(const layers::Execution& execution, const Confinement& confinement) {
  auto mounts = Json::array();
  mounts.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  mounts.push_back(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  mounts.push_back(mount("/dev/pts", "devpts", "devpts",
                         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}));
  mounts.push_back(
      mount("/dev/shm", "tmpfs", "shm",
            {"nosuid", "noexec", "nodev", "mode=1777", fmt::format("size={}", confinement.scratch)}));
  mounts.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  mounts.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
  // Programs read their limits there, Go's runtime among them (GOMAXPROCS, since 1.25).
  if (confinement.limited)
    mounts.push_back(
        mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}));
  for (const auto& folder : scratch_folders(execution))
    mounts.push_back(mount(folder, "tmpfs", "tmpfs",
                           {"nosuid", "nodev", "mode=1777", fmt::format("size={}", confinement.scratch)}));
  return mounts;
}

Json mappings(const std::vector<IdMap>& maps) {
  auto result = Json::array();
  for (const auto& map : maps)
    result.push_back({{"containerID", map.inside}, {"hostID", map.outside}, {"size", map.count}});
  return result;
}

Json resources_of(const Confinement& confinement) {
  Json resources = {{"devices", Json::array({{{"allow", false}, {"access", "rwm"}}})}};
  if (!confinement.limited) return resources;
  resources["pids"] = {{"limit", confinement.processes}};
  if (confinement.memory) {
    resources["memory"] = {{"limit", *confinement.memory}};
    if (confinement.swap) resources["memory"]["swap"] = *confinement.memory;
  }
  if (confinement.cpus) {
    const auto quota =
        static_cast<std::int64_t>(std::llround(*confinement.cpus * static_cast<double>(cpu_period)));
    resources["cpu"] = {{"quota", quota}, {"period", cpu_period}};
  }
  return resources;
}

Json linux_of(const layers::ImageConfig& image, const Confinement& confinement) {
  auto namespaces = Json::array();
  for (const std::string_view name : {"pid", "network", "ipc", "uts", "mount", "cgroup"})
    namespaces.push_back({{"type", name}});
  Json result = {
      {"resources", resources_of(confinement)},
      {"maskedPaths",
       {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
        "/sys/firmware"}},
      {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}},
      {"seccomp", refused_calls(image.platform.architecture)}};
  if (!confinement.uids.empty()) {
    namespaces.push_back({{"type", "user"}});
    result["uidMappings"] = mappings(confinement.uids);
    result["gidMappings"] = mappings(confinement.gids);
  }
  if (confinement.limited && !confinement.cgroup.empty()) result["cgroupsPath"] = confinement.cgroup;
  result["namespaces"] = std::move(namespaces);
  return result;
}

}  // namespace

Json runtime_config(const layers::ImageConfig& image, const Account& account,
                    const Confinement& confinement) {
  return {{"ociVersion", "1.0.2"},
          {"process", process_of(image.execution, account, confinement)},
          {"root", {{"path", confinement.root}, {"readonly", true}}},
          {"hostname", confinement.hostname},
          {"mounts", mounts_of(image.execution, confinement)},
          {"linux", linux_of(image, confinement)}};
}

}  // namespace whittle::running
