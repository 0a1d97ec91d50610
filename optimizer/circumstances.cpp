#include "optimizer/circumstances.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/shifted_clock.hpp"

namespace whittle::optimizer {
namespace {

[[noreturn]] void refuse_circumstance(std::string_view what) {
  throw Error(ErrorKind::unsupported, fmt::format("{}: {}", what, std::strerror(errno)));
}

template <class Number>
Number number_of(const std::string& text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    throw Error(ErrorKind::usage, fmt::format("{} is no number", shown(text)));
  return value;
}

// The files of /proc take one write, and say by it whether they agree.
void write_proc(const char* path, std::string_view text, std::string_view what) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    refuse_circumstance(what);
}

// One user of the namespace stands for the one that runs this (user_namespaces(7), "Defining user and group
// ID mappings").
void become(std::uint32_t user) {
  constexpr std::string_view what = "a user namespace of its own";
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) refuse_circumstance(what);
  write_proc("/proc/self/setgroups", "deny", what);
  write_proc("/proc/self/uid_map", fmt::format("{} {} 1", user, uid), what);
  write_proc("/proc/self/gid_map", fmt::format("{} {} 1", user, gid), what);
}

// Whoever may not make a namespace for host names may do it in a user namespace of the same user.
void rename_host(const std::string& name, bool may_own_namespace) {
  constexpr std::string_view what = "a host name of its own";
  if (::unshare(CLONE_NEWUTS) != 0) {
    if (errno != EPERM || !may_own_namespace) refuse_circumstance(what);
    become(::geteuid());
    if (::unshare(CLONE_NEWUTS) != 0) refuse_circumstance(what);
  }
  if (::sethostname(name.data(), name.size()) != 0) refuse_circumstance(what);
}

void limit_processors(unsigned count) {
  constexpr std::string_view what = "fewer processors";
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) refuse_circumstance(what);
  for (std::size_t i = 0, kept = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &allowed) && ++kept > count) CPU_CLR(i, &allowed);
  if (::sched_setaffinity(0, sizeof allowed, &allowed) != 0) refuse_circumstance(what);
}

[[noreturn]] void become_program(const std::vector<char*>& argv, char** environment) {
  ::execve(argv.front(), argv.data(), environment);
  if (errno == ENOENT)
    throw Error(ErrorKind::not_found, fmt::format("{}: no such program", shown(argv.front())));
  throw_errno(errno, fmt::format("starting {}", shown(argv.front())));
}

}  // namespace

std::vector<std::string> Circumstances::argv_under(const std::string& self,
                                                   const std::vector<std::string>& argv) const {
  if (empty()) return argv;
  std::vector<std::string> result = {self, std::string(run_under_word)};
  if (user) result.push_back(fmt::format("user={}", *user));
  if (host) result.push_back(fmt::format("host={}", *host));
  if (umask) result.push_back(fmt::format("umask={}", *umask));
  if (processors) result.push_back(fmt::format("processors={}", *processors));
  if (clock_shift) result.push_back(fmt::format("clock={}", *clock_shift));
  result.emplace_back("--");
  result.insert(result.end(), argv.begin(), argv.end());
  return result;
}

int run_under(std::span<const std::string> arguments, char** environment) {
  Circumstances wanted;
  std::size_t next = 0;
  for (; next < arguments.size() && arguments[next] != "--"; ++next) {
    const auto& argument = arguments[next];
    const auto equals = std::min(argument.find('='), argument.size());
    const auto name = argument.substr(0, equals);
    const auto value = argument.substr(std::min(equals + 1, argument.size()));
    if (name == "user")
      wanted.user = number_of<std::uint32_t>(value);
    else if (name == "host")
      wanted.host = value;
    else if (name == "umask")
      wanted.umask = number_of<unsigned>(value);
    else if (name == "processors")
      wanted.processors = number_of<unsigned>(value);
    else if (name == "clock")
      wanted.clock_shift = number_of<std::int64_t>(value);
    else
      throw Error(ErrorKind::usage, fmt::format("{} is no circumstance", shown(argument)));
  }
  std::vector<std::string> texts(
      arguments.begin() + static_cast<std::ptrdiff_t>(std::min(next + 1, arguments.size())), arguments.end());
  if (texts.empty()) throw Error(ErrorKind::usage, "no program to start was named");
  std::vector<char*> argv;
  for (auto& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  if (wanted.user) become(*wanted.user);
  if (wanted.host) rename_host(*wanted.host, !wanted.user);
  if (wanted.umask) ::umask(static_cast<mode_t>(*wanted.umask));
  if (wanted.processors) limit_processors(*wanted.processors);
  if (wanted.clock_shift) return run_with_shifted_clock(*wanted.clock_shift, argv.data(), environment);
  become_program(argv, environment);
}

}  // namespace whittle::optimizer
