#include "running/container_ids.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/spawn.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

constexpr IdRange usual_ids{0x70000000, 0x0FFE0000};

// "INSIDE OUTSIDE COUNT" lines; what is inside counts here.
bool has_all_of(const fs::path& map, const IdRange& range) {
  std::istringstream lines(read_file_if_present(map, 1U << 20U).value_or(""));
  for (std::uint64_t inside = 0, outside = 0, count = 0; lines >> inside >> outside >> count;)
    if (inside <= range.first && inside + count >= std::uint64_t{range.first} + range.count) return true;
  return false;
}

// System calls alone, as in the child of network_door.cpp. Waits until it is root of its namespace, and
// mounts what a container has that a kernel does not always allow: where parts of the machine's own /proc or
// /sys are hidden, a new one would show them.
[[noreturn]] void try_mounts(int go, int answer) {
  char byte = 0;
  int error_number = 0;
  if (::read(go, &byte, 1) != 1) ::_exit(1);
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0 ||
      ::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, nullptr) != 0)
    error_number = errno;
  ::_exit(::write(answer, &error_number, sizeof error_number) == sizeof error_number ? 0 : 1);
}

bool tell(pid_t process, const char* name, const std::string& line) {
  const Fd file(::open(fmt::format("/proc/{}/{}", process, name).c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

std::string map_of(const IdRange& range) {
  return fmt::format("0 {} {}\n", range.first, range.count);
}

// An ordinary user may map groups only where none can be left (user_namespaces(7), "setgroups").
bool map_ids(pid_t process, const IdRange& users, const IdRange& groups) {
  return (::geteuid() == 0 || tell(process, "setgroups", "deny")) &&
         tell(process, "uid_map", map_of(users)) && tell(process, "gid_map", map_of(groups));
}

// 0, or why not.
int try_namespace(const IdRange& users, const IdRange& groups) {
  auto go = make_pipe();
  auto answer = make_pipe();
  constexpr unsigned long own =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | static_cast<unsigned long>(SIGCHLD);
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, own, nullptr, nullptr, nullptr, 0UL));
  if (child < 0) return errno;
  if (child == 0) try_mounts(go.read_end.get(), answer.write_end.get());
  answer.write_end = Fd();
  int error_number = EPERM;
  if (map_ids(child, users, groups))
    static_cast<void>(::write(go.write_end.get(), "", 1) == 1 &&
                      ::read(answer.read_end.get(), &error_number, sizeof error_number) > 0);
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  return error_number;
}

std::string why_no_namespace(const IdRange& users, const IdRange& groups) {
  const int error_number = try_namespace(users, groups);
  return error_number == 0 ? ""
                           : fmt::format("the kernel allows none here ({})", std::strerror(error_number));
}

}  // namespace

ContainerIds ids_for_containers(const fs::path& proc) {
  for (const auto* map : {"uid_map", "gid_map"})
    if (!has_all_of(proc / "self" / map, usual_ids))
      return {std::nullopt, "whittle itself runs in a user namespace with few ids"};
  if (auto why = why_no_namespace(usual_ids, usual_ids); !why.empty()) return {std::nullopt, std::move(why)};
  return {usual_ids, {}};
}

std::string why_no_container_of(std::uint32_t uid, std::uint32_t gid) {
  return why_no_namespace({uid, 1}, {gid, 1});
}

bool ids_are_here(std::uint32_t uid, std::uint32_t gid, const fs::path& proc) {
  return has_all_of(proc / "self/uid_map", {uid, 1}) && has_all_of(proc / "self/gid_map", {gid, 1});
}

}  // namespace whittle::running
