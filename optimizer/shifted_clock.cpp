#include "optimizer/shifted_clock.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/vdso_patch.hpp"

namespace whittle::optimizer {

#if defined(__x86_64__) || defined(__aarch64__)
namespace {

#ifdef __x86_64__
using Registers = user_regs_struct;
constexpr std::uint32_t audit_architecture = AUDIT_ARCH_X86_64;
std::uint64_t stack_of(const Registers& registers) {
  return registers.rsp;
}
std::uint64_t place_of(const Registers& registers) {
  return registers.rip;
}
long call_of(const Registers& registers) {
  return static_cast<long>(registers.orig_rax);
}
std::pair<std::uint64_t, std::uint64_t> arguments_of(const Registers& registers) {
  return {registers.rdi, registers.rsi};
}
#else
using Registers = user_regs_struct;
constexpr std::uint32_t audit_architecture = AUDIT_ARCH_AARCH64;
std::uint64_t stack_of(const Registers& registers) {
  return registers.sp;
}
std::uint64_t place_of(const Registers& registers) {
  return registers.pc;
}
long call_of(const Registers& registers) {
  return static_cast<long>(registers.regs[8]);
}
std::pair<std::uint64_t, std::uint64_t> arguments_of(const Registers& registers) {
  return {registers.regs[0], registers.regs[1]};
}
#endif

[[noreturn]] void refuse_clock(std::string_view what) {
  throw Error(ErrorKind::unsupported, fmt::format("a shifted clock: {}: {}", what, std::strerror(errno)));
}

// ptrace(2) wants addresses where it is given numbers.
template <class Number>
void* number(Number value) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));  // NOLINT
}

// ---- In the new process, before the program
// --------------------------------------------------------------------------

// Stops the calls that ask for the time of day; all others, and those of other architectures, pass
// (seccomp(2)).
bool filter_clock_calls() {
  constexpr auto number_at = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto architecture_at = static_cast<std::uint32_t>(offsetof(seccomp_data, arch));
  constexpr auto clock_at =
      static_cast<std::uint32_t>(offsetof(seccomp_data, args));  // its low half: both are little-endian
  constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t equals = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr std::uint16_t answer = BPF_RET | BPF_K;
  constexpr auto never = 0xffffffffU;  // no call has this number
#ifdef __x86_64__
  constexpr auto time_call = static_cast<std::uint32_t>(SYS_time);
#else
  constexpr auto time_call = never;
#endif
  std::array<sock_filter, 11> program = {{
      {load, 0, 0, architecture_at},
      {equals, 0, 7, audit_architecture},  // else 9
      {load, 0, 0, number_at},
      {equals, 6, 0, static_cast<std::uint32_t>(SYS_gettimeofday)},   // then 10
      {equals, 5, 0, time_call},                                      // then 10
      {equals, 0, 3, static_cast<std::uint32_t>(SYS_clock_gettime)},  // else 9
      {load, 0, 0, clock_at},
      {equals, 2, 0, CLOCK_REALTIME},         // then 10
      {equals, 1, 0, CLOCK_REALTIME_COARSE},  // then 10
      {answer, 0, 0, SECCOMP_RET_ALLOW},
      {answer, 0, 0, SECCOMP_RET_TRACE},
  }};
  static_cast<void>(never);
  const sock_fprog filter = {program.size(), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Waits until it is watched, and becomes the program; what fails is written into `failure` as its number.
[[noreturn]] void become_program(const Fd& watched, const Fd& failure, char** argv, char** environment) {
  char byte = 0;
  if (::read(watched.get(), &byte, 1) == 1 && filter_clock_calls()) ::execve(argv[0], argv, environment);
  const int number_of_error = errno;
  static_cast<void>(!::write(failure.get(), &number_of_error, sizeof number_of_error));
  _exit(127);
}

// ---- In the process that watches
// -------------------------------------------------------------------------------------

// What this process has, and each program that is started has as well.
struct OwnVdso {
  std::vector<std::uint64_t> header;
  std::vector<VdsoPatch> patches;
};

// A process that stands still. What cannot be read or written belongs to one that has just been killed, and
// is let be.
class Stopped {
 public:
  explicit Stopped(pid_t pid) : pid_(pid) {}

  void go_on(int signal = 0) const { ::ptrace(PTRACE_CONT, pid_, nullptr, number(signal)); }
  void stay_stopped() const { ::ptrace(PTRACE_LISTEN, pid_, nullptr, nullptr); }

  // A new program has a vDSO, which would tell the time unasked. It is made to tell another; one that is not
  // as ours is taken away. The kernel puts its address behind the environment, which is behind the arguments,
  // at the top of a new program's stack (getauxval(3)).
  void shift_vdso(const OwnVdso& own) const {
    const auto registers = read_registers();
    if (!registers) return;
    std::uint64_t at = stack_of(*registers) + 8;  // behind their number
    for (int list = 0; list < 2; ++list, at += 8)
      while (peek(at) != 0) at += 8;
    for (std::uint64_t type = peek(at); type != AT_NULL; at += 16, type = peek(at))
      if (type == AT_SYSINFO_EHDR && !apply_patches(peek(at + 8), own)) poke(at, AT_IGNORE);
  }

  // Answers the call that it stopped at.
  void tell_time(std::int64_t shift, const OwnVdso& own) const {
    auto registers = read_registers();
    if (!registers) return;
    // Where the vDSO cannot read the clock it makes the call, and adds the shift by itself.
    if (call_of(*registers) == SYS_clock_gettime && is_in_vdso(place_of(*registers), own)) return;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += shift;
    const auto [first, second] = arguments_of(*registers);
    const auto call = call_of(*registers);
    long result = 0;
    if (call == SYS_clock_gettime) {
      if (!put(second, now)) result = -EFAULT;
    } else if (call == SYS_gettimeofday) {
      const timeval value{now.tv_sec, now.tv_nsec / 1000};
      if (first != 0 && !put(first, value)) result = -EFAULT;
    } else {
      result = now.tv_sec;
      if (first != 0 && !put(first, now.tv_sec)) result = -EFAULT;
    }
    answer(*registers, result);
  }

 private:
  std::uint64_t peek(std::uint64_t address) const {
    return static_cast<std::uint64_t>(::ptrace(PTRACE_PEEKDATA, pid_, number(address), nullptr));
  }
  bool poke(std::uint64_t address, std::uint64_t word) const {
    return ::ptrace(PTRACE_POKEDATA, pid_, number(address), number(word)) == 0;
  }
  bool is_vdso(std::uint64_t address, const OwnVdso& own) const {
    if (own.patches.empty()) return false;
    for (std::size_t i = 0; i < own.header.size(); ++i)
      if (peek(address + i * 8) != own.header[i]) return false;
    return true;
  }
  bool is_in_vdso(std::uint64_t address, const OwnVdso& own) const {
    constexpr std::uint64_t page = 4096;
    const auto begin = address / page * page;
    return is_vdso(begin, own) || is_vdso(begin - page, own);  // it has two pages
  }
  bool apply_patches(std::uint64_t vdso, const OwnVdso& own) const {
    if (!is_vdso(vdso, own)) return false;
    for (const auto& patch : own.patches)
      for (std::size_t i = 0; i < patch.words.size(); ++i)
        if (!poke(vdso + patch.offset + i * 8, patch.words[i])) return false;
    return true;
  }
  std::optional<Registers> read_registers() const {
    Registers registers{};
    iovec part{&registers, sizeof registers};
    if (::ptrace(PTRACE_GETREGSET, pid_, number(NT_PRSTATUS), &part) != 0) return std::nullopt;
    return registers;
  }
  template <class Value>
  bool put(std::uint64_t address, Value value) const {
    const iovec from{&value, sizeof value};
    const iovec to{number(address), sizeof value};
    return ::process_vm_writev(pid_, &from, 1, &to, 1, 0) == static_cast<ssize_t>(sizeof value);
  }
  // The call is not made any more, and this is what it returns.
  void answer(Registers& registers, long result) const {
#ifdef __x86_64__
    registers.orig_rax = ~0ULL;
    registers.rax = static_cast<unsigned long long>(result);
#else
    int none = -1;
    iovec call{&none, sizeof none};
    ::ptrace(PTRACE_SETREGSET, pid_, number(NT_ARM_SYSTEM_CALL), &call);
    registers.regs[0] = static_cast<unsigned long long>(result);
#endif
    iovec part{&registers, sizeof registers};
    ::ptrace(PTRACE_SETREGSET, pid_, number(NT_PRSTATUS), &part);
  }

  pid_t pid_;
};

void handle_stop(pid_t pid, int status, std::int64_t shift, const OwnVdso& vdso) {
  const Stopped process(pid);
  const int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case PTRACE_EVENT_EXEC:
      process.shift_vdso(vdso);
      return process.go_on();
    case PTRACE_EVENT_SECCOMP:
      process.tell_time(shift, vdso);
      return process.go_on();
    case PTRACE_EVENT_STOP:
      return signal == SIGTRAP ? process.go_on() : process.stay_stopped();  // it is new, or stopped by one
    case 0:
      return process.go_on(signal);
    default:
      return process.go_on();
  }
}

int watch(pid_t program, std::int64_t shift) {
  const OwnVdso vdso{vdso_header(), time_of_day_patches(shift)};
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) throw_errno(errno, "waiting for a program with a shifted clock");
    if (WIFSTOPPED(status))
      handle_stop(pid, status, shift, vdso);
    else if (pid == program)
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

}  // namespace

int run_with_shifted_clock(std::int64_t shift, char** argv, char** environment) {
  std::array<int, 2> start{};
  std::array<int, 2> failure{};
  if (::pipe2(start.data(), O_CLOEXEC) != 0 || ::pipe2(failure.data(), O_CLOEXEC) != 0)
    throw_errno(errno, "creating a pipe");
  const Fd watched(start[0]);
  Fd say_watched(start[1]);
  const Fd failed(failure[0]);
  Fd say_failed(failure[1]);
  const pid_t program = ::fork();
  if (program < 0) throw_errno(errno, "starting a program with a shifted clock");
  if (program == 0) become_program(watched, say_failed, argv, environment);
  say_failed = Fd();
  constexpr long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |
                           PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
  if (::ptrace(PTRACE_SEIZE, program, nullptr, number(options)) != 0) {
    const int error_number = errno;
    ::kill(program, SIGKILL);
    ::waitpid(program, nullptr, 0);
    errno = error_number;
    refuse_clock("watching a process");
  }
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);  // the program's end is ours
  if (::write(say_watched.get(), "x", 1) != 1) throw_errno(errno, "starting a program with a shifted clock");
  const int code = watch(program, shift);
  int error_number = 0;
  if (::read(failed.get(), &error_number, sizeof error_number) == static_cast<ssize_t>(sizeof error_number)) {
    if (error_number == ENOENT)
      throw Error(ErrorKind::not_found, fmt::format("{}: no such program", shown(argv[0])));
    errno = error_number;
    refuse_clock(fmt::format("starting {}", shown(argv[0])));
  }
  return code;
}
#else
int run_with_shifted_clock(std::int64_t, char**, char**) {
  throw Error(ErrorKind::unsupported, "a shifted clock: it is known for x86-64 and arm64 only");
}
#endif

}  // namespace whittle::optimizer
