// Sockets in the network namespace of another process, for a process that stays in its own.
#pragma once

#include <sys/types.h>

#include <mutex>

#include "common/file.hpp"

namespace whittle::running {

// A small child process joins the namespaces of the target and hands over the sockets it makes there: joining
// a user namespace takes a process of one thread (setns(2)), which ours is not. When this process dies
// without a word, the child kills the target: a container is not left running by a killed run. Any number of
// threads.
class NetworkDoor {
 public:
  // `target` is the first process of a container. Error(unsupported) where its namespaces may not be joined.
  explicit NetworkDoor(pid_t target);
  ~NetworkDoor();
  NetworkDoor(const NetworkDoor&) = delete;
  NetworkDoor& operator=(const NetworkDoor&) = delete;

  // A TCP socket that is not connected and does not block. Error(io).
  Fd tcp_socket(bool ipv6);

 private:
  std::mutex mutex_;
  pid_t child_ = -1;
  Fd channel_;
};

}  // namespace whittle::running
