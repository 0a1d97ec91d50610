#include "running/network_door.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/error.hpp"

namespace whittle::running {
namespace {

constexpr char want_ipv4 = '4', want_ipv6 = '6', goodbye = 'q';

// An errno, and with 0 a descriptor beside it (unix(7), SCM_RIGHTS).
struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

bool send_answer(int channel, int error_number, int fd) {
  iovec part{&error_number, sizeof error_number};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(channel, &message, MSG_NOSIGNAL) == sizeof error_number;
}

struct Answer {
  int error_number = 0;
  Fd fd;
};

Answer receive_answer(int channel) {
  Answer answer;
  iovec part{&answer.error_number, sizeof answer.error_number};
  Control control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t count = 0;
  while ((count = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  if (count != sizeof answer.error_number) return {EPIPE, Fd()};
  if (auto* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    answer.fd = Fd(fd);
  }
  return answer;
}

// Everything from here to the end of the child is system calls alone: of a process with several threads only
// the one that forked is there, and locks of the others stay locked (signal-safety(7)).
[[noreturn]] void serve(int channel, int target, int user_namespace, int network_namespace) {
  // One's own user namespace cannot be joined once more; then the target shares it.
  if (::setns(user_namespace, CLONE_NEWUSER) != 0 && errno != EINVAL) {
    send_answer(channel, errno, -1);
    ::_exit(1);
  }
  if (::setns(network_namespace, CLONE_NEWNET) != 0) {
    send_answer(channel, errno, -1);
    ::_exit(1);
  }
  send_answer(channel, 0, -1);
  for (char wanted = 0;;) {
    const auto count = ::read(channel, &wanted, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1) {  // whoever asked is gone
      ::syscall(SYS_pidfd_send_signal, target, SIGKILL, nullptr, 0);
      ::_exit(0);
    }
    if (wanted == goodbye) ::_exit(0);
    const int fd =
        ::socket(wanted == want_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    send_answer(channel, fd < 0 ? errno : 0, fd);
    if (fd >= 0) ::close(fd);
  }
}

// Only the descriptors that the child needs: it must not hold open pipes that others wait to end.
void close_others(std::array<int, 4> kept) {
  for (std::size_t i = 0; i < kept.size(); ++i)
    for (std::size_t j = i + 1; j < kept.size(); ++j)
      if (kept[j] < kept[i]) std::swap(kept[i], kept[j]);
  unsigned from = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > from) ::syscall(SYS_close_range, from, number - 1, 0);
    from = number + 1;
  }
  ::syscall(SYS_close_range, from, ~0U, 0);
}

Fd open_namespace(pid_t target, const char* name) {
  Fd fd(::open(fmt::format("/proc/{}/ns/{}", target, name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno(errno, "reaching the namespaces of the container");
  return fd;
}

}  // namespace

NetworkDoor::NetworkDoor(pid_t target) {
  const auto user_namespace = open_namespace(target, "user");
  const auto network_namespace = open_namespace(target, "net");
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, target, 0)));
  if (!process) throw_errno(errno, "reaching the container's first process");
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw_errno(errno, "creating a pair of sockets");
  channel_ = Fd(ends[0]);
  const Fd other(ends[1]);
  child_ = ::fork();
  if (child_ < 0) throw_errno(errno, "starting a process");
  if (child_ == 0) {
    ::setpgid(0, 0);  // a Ctrl-C is for the parent, which says goodbye
    close_others({other.get(), process.get(), user_namespace.get(), network_namespace.get()});
    serve(other.get(), process.get(), user_namespace.get(), network_namespace.get());
  }
  const auto answer = receive_answer(channel_.get());
  if (answer.error_number == 0) return;
  channel_ = Fd();
  ::waitpid(child_, nullptr, 0);
  throw Error(ErrorKind::unsupported, fmt::format("the network of the container cannot be reached: {}",
                                                  std::strerror(answer.error_number)));
}

NetworkDoor::~NetworkDoor() {
  static_cast<void>(::send(channel_.get(), &goodbye, 1, MSG_NOSIGNAL));
  ::waitpid(child_, nullptr, 0);
}

Fd NetworkDoor::tcp_socket(bool ipv6) {
  const std::lock_guard lock(mutex_);
  const char wanted = ipv6 ? want_ipv6 : want_ipv4;
  if (::send(channel_.get(), &wanted, 1, MSG_NOSIGNAL) != 1)
    throw_errno(errno, "asking for a socket in the container");
  auto answer = receive_answer(channel_.get());
  if (answer.error_number != 0) throw_errno(answer.error_number, "making a socket in the container");
  return std::move(answer.fd);
}

}  // namespace whittle::running
