#include "common/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

// The arguments of posix_spawn, released together.
class SpawnSetup {
 public:
  SpawnSetup(const Command& command, const Fd& input, const Fd& output, const Fd& errors) {
    check(posix_spawn_file_actions_init(&actions_));
    check(posix_spawnattr_init(&attributes_));
    if (input)
      check(posix_spawn_file_actions_adddup2(&actions_, input.get(), 0));
    else
      check(posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0));
    check(posix_spawn_file_actions_adddup2(&actions_, output.get(), 1));
    check(posix_spawn_file_actions_adddup2(&actions_, errors.get(), 2));
    if (!command.directory.empty())
      check(posix_spawn_file_actions_addchdir_np(&actions_, command.directory.c_str()));
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    check(posix_spawnattr_setsigmask(&attributes_, &none));
    check(posix_spawnattr_setsigdefault(&attributes_, &all));
    check(posix_spawnattr_setpgroup(&attributes_, 0));
    check(posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    for (const auto& argument : command.argv) argv_.push_back(const_cast<char*>(argument.c_str()));
    for (const auto& variable : command.environment)
      environment_.push_back(const_cast<char*>(variable.c_str()));
    argv_.push_back(nullptr);
    environment_.push_back(nullptr);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  pid_t spawn() const {
    pid_t pid = 0;
    const int error_number =
        posix_spawn(&pid, argv_[0], &actions_, &attributes_, argv_.data(), environment_.data());
    const auto doing = fmt::format("starting {}", escaped(argv_[0], false, 4096));
    if (error_number == ENOENT) throw Error(ErrorKind::not_found, "no such program or folder").context(doing);
    if (error_number != 0) throw_errno(error_number, doing);
    return pid;
  }

 private:
  static void check(int error_number) {
    if (error_number != 0) throw_errno(error_number, "preparing to start a program");
  }
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

}  // namespace

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno(errno, "creating a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

pid_t spawn(const Command& command, const Fd& input, const Fd& output, const Fd& errors) {
  return SpawnSetup(command, input, output, errors).spawn();
}

}  // namespace whittle
