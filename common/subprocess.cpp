#include "common/subprocess.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/spawn.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A file in memory that holds the input: unlike a pipe it never has to be fed while the program runs.
Fd input_file(const std::string& input) {
  if (input.empty()) return {};
  Fd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd) throw_errno(errno, "preparing the input of a program");
  const auto written = ::pwrite(fd.get(), input.data(), input.size(), 0);
  if (written < 0) throw_errno(errno, "preparing the input of a program");
  if (static_cast<std::size_t>(written) != input.size())
    throw Error(ErrorKind::io, "the input of a program could not be written whole");
  return fd;
}

// A running child. Nothing of its process group outlives this object: the child is reaped last, so that until
// then the group's number cannot have become somebody else's.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { ::kill(-pid_, number); }

  // How the child has ended, once it has. Blocks only when asked to.
  std::optional<siginfo_t> ended(bool block) const {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) != 0)
      if (errno != EINTR) throw_errno(errno, "waiting for a program");
    if (info.si_pid == 0) return std::nullopt;
    return info;
  }

 private:
  pid_t pid_;
};

// Reads once from a pipe; false at its end.
bool drain(const Fd& fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const auto count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

void keep_tail(std::string& text, std::size_t limit) {
  if (text.size() > 2 * limit) text.erase(0, text.size() - limit);
}

// Wakes a poll when a stop is requested.
class StopPipe {
 public:
  explicit StopPipe(const std::stop_token& stop) : callback_(stop, Wake{pipe_.write_end.get()}) {}
  int fd() const { return pipe_.read_end.get(); }

 private:
  struct Wake {
    int fd;
    void operator()() const {
      const auto ignored = ::write(fd, "x", 1);
      static_cast<void>(ignored);
    }
  };
  Pipe pipe_ = make_pipe();
  std::stop_callback<Wake> callback_;
};

}  // namespace

Outcome run(const Command& command, const std::stop_token& stop) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const StopPipe stop_pipe(stop);
  const Fd input = input_file(command.input);
  Child child(spawn(command, input, output.write_end, errors.write_end));
  output.write_end = Fd();
  errors.write_end = Fd();

  Outcome outcome;
  static constexpr auto never = Clock::time_point::max();
  auto end_at = command.time_limit ? Clock::now() + *command.time_limit : never;
  auto kill_at = never;
  auto ended_at = never;  // a grandchild may hold the pipes open after the child ended
  std::array<pollfd, 3> polled{pollfd{output.read_end.get(), POLLIN, 0},
                               pollfd{errors.read_end.get(), POLLIN, 0}, pollfd{stop_pipe.fd(), POLLIN, 0}};
  // Goes on after both pipes are closed: a program may close them and run on, and still has to end when
  // asked.
  for (bool open = true; open || ended_at == never; open = polled[0].fd >= 0 || polled[1].fd >= 0) {
    const int ready =
        ::poll(polled.data(), polled.size(), open ? 50 : 1);  // closed pipes: it is about to end
    if (ready < 0 && errno != EINTR) throw_errno(errno, "waiting for a program");
    if (ready <= 0)
      for (auto& one : polled) one.revents = 0;
    if (polled[0].revents != 0 && !drain(output.read_end, outcome.output)) polled[0].fd = -1;
    if (polled[1].revents != 0 && !drain(errors.read_end, outcome.errors)) polled[1].fd = -1;
    keep_tail(outcome.errors, command.error_tail);
    if (outcome.output.size() > command.output_limit)
      throw Error(ErrorKind::limit, fmt::format("{} wrote more than the limit of {} bytes",
                                                escaped(command.argv[0], false, 4096), command.output_limit));
    if (polled[2].revents != 0) {
      polled[2].fd = -1;
      child.signal(SIGTERM);
      kill_at = Clock::now() + 1s;
    }
    if (Clock::now() > end_at && ended_at == never) {
      end_at = never;
      outcome.timed_out = true;
      child.signal(SIGTERM);
      kill_at = std::min(kill_at, Clock::now() + 1s);
    }
    if (Clock::now() > kill_at) {
      kill_at = never;
      child.signal(SIGKILL);
    }
    if (ended_at == never && child.ended(false)) ended_at = Clock::now();
    // What was written before the end is in the pipes already: a silent pipe is given up soon, a busy one
    // later.
    if (ended_at != never && Clock::now() > ended_at + (ready == 0 ? 1s : 10s)) break;
  }
  const siginfo_t end = *child.ended(true);
  if (stop.stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
  if (outcome.errors.size() > command.error_tail)
    outcome.errors.erase(0, outcome.errors.size() - command.error_tail);
  const bool exited = end.si_code == CLD_EXITED;
  outcome.signal = exited ? 0 : end.si_status;
  outcome.exit_code = exited ? end.si_status : -1;
  return outcome;
}

}  // namespace whittle
