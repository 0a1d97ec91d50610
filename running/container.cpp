#include "running/container.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/parallel.hpp"
#include "common/spawn.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto longest_creation = 60s;

Ending ending_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? Ending{info.si_status, 0} : Ending{-1, info.si_status};
}

// How a child has ended, if it has; then it is gone.
std::optional<Ending> reap(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0)
    if (errno != EINTR) return Ending{};
  if (info.si_pid == 0) return std::nullopt;
  return ending_of(info);
}

// The messages of a log in JSON lines, as runc and crun write it; the errors, the last of them.
std::string last_error(const std::filesystem::path& log) {
  std::string result;
  const auto text = read_file_if_present(log, 1U << 20U).value_or("");
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto line = Json::parse(text.substr(start, end - start), nullptr, false);
    if (line.is_object() && line.value("level", Json()) == "error" && line.value("msg", Json()).is_string())
      result = line["msg"];
    start = end + 1;
  }
  return result;
}

}  // namespace

std::string Ending::text() const {
  if (signal == 0) return fmt::format("exit code {}", exit_code);
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", signal);
}

Container::Container(const Runtime& runtime, const std::filesystem::path& folder, std::string id,
                     std::optional<uid_t> user, const std::stop_token& stop)
    : runtime_(runtime), folder_(folder), id_(std::move(id)) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0)
    throw_errno(errno, "preparing to start a container");
  try {
    create(user, stop);
  } catch (...) {
    try {
      runtime_.command(folder_ / "state", {"delete", "--force", id_}, {});
    } catch (const Error&) {  // nothing was made that could be removed
    }
    throw;
  }
}

void Container::create(std::optional<uid_t> user, const std::stop_token& stop) {
  auto output = make_pipe();
  auto errors = make_pipe();
  for (const auto* stream : {&output.write_end, &errors.write_end})
    if (user && ::fchown(stream->get(), *user, static_cast<gid_t>(-1)) != 0)
      throw_errno(errno, "giving the container its streams");
  const auto log = folder_ / "runtime.log";
  const auto pid_file = folder_ / "pid";
  Command command;
  command.argv = runtime_.arguments(
      folder_ / "state", log,
      {"create", "--bundle", (folder_ / "bundle").native(), "--pid-file", pid_file.native(), id_});
  command.environment = runtime_environment();
  pid_t creator = -1;
  runtime_.within_mounts([&] { creator = spawn(command, {}, output.write_end, errors.write_end); });
  output_ = std::move(output.read_end);
  errors_ = std::move(errors.read_end);
  std::optional<Ending> ending;
  const auto end = Clock::now() + longest_creation;
  while (!(ending = reap(creator))) {
    if (stop.stop_requested() || Clock::now() > end) {
      ::kill(-creator, SIGKILL);
      ::waitpid(creator, nullptr, 0);
      throw_if_stopped(stop);
      throw Error(ErrorKind::io, fmt::format("{} did not make the container within a minute", runtime_.name));
    }
    ::usleep(1000);
  }
  const auto text = read_file_if_present(pid_file, 100).value_or("");
  std::from_chars(text.data(), text.data() + text.size(), process_);
  if (*ending == Ending{} && process_ > 1) return;
  process_ = -1;
  throw Error(ErrorKind::unsupported, fmt::format("{} {} could not make the container: {}", runtime_.name,
                                                  runtime_.version, escaped(last_error(log), false, 1000)));
}

Container::~Container() {
  if (process_ > 0 && !ending_) {
    ::kill(process_, SIGKILL);
    const auto end = Clock::now() + 10s;
    while (Clock::now() < end && !(ending_ = reap(process_))) ::usleep(1000);
  }
  try {
    runtime_.command(folder_ / "state", {"delete", "--force", id_}, {});
  } catch (const Error&) {  // what is left has a name that the next run knows
  }
}

void Container::start(const std::stop_token& stop) {
  try {
    runtime_.command(folder_ / "state", {"start", id_}, stop);
  } catch (Error&) {
    // The program itself may be what cannot be started; the runtime's log says so.
    const auto why = last_error(folder_ / "runtime.log");
    if (why.empty() || stop.stop_requested()) throw;
    throw Error(ErrorKind::unsupported,
                fmt::format("the program could not be started: {}", escaped(why, false, 1000)));
  }
}

std::optional<Ending> Container::wait(Clock::time_point until, const std::stop_token& stop) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
  while (!ending_ && !(ending_ = reap(process_))) {
    throw_if_stopped(stop);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left < 0) return std::nullopt;
    pollfd polled{process.get(), POLLIN, 0};
    ::poll(&polled, 1, static_cast<int>(std::clamp<std::int64_t>(left, 1, 50)));
  }
  return ending_;
}

void Container::signal(int number) const {
  if (!ending_) ::kill(process_, number);
}

int signal_number(std::string_view name) {
  if (const auto number = whole_number<int>(name); number && *number > 0 && *number < NSIG) return *number;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (int one = 1; one < NSIG; ++one)
    if (const char* known = ::sigabbrev_np(one); known != nullptr && name == known) return one;
  return SIGTERM;
}

}  // namespace whittle::running
