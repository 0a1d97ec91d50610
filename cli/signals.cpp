#include "cli/signals.hpp"

#include <signal.h>
#include <unistd.h>

namespace whittle::cli {
namespace {

// SIGUSR2 is sent by the destructor to the waiting thread alone, to end it.
sigset_t awaited() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set, number);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of the write
  signal(SIGXFSZ, SIG_IGN);  // and so is a file beyond the limit of the process (hostile.md, 222)
  waiter_ = std::thread([this] { wait(); });
}

Signals::~Signals() {
  done_ = true;
  pthread_kill(waiter_.native_handle(), SIGUSR2);
  waiter_.join();
}

void Signals::wait() {
  const sigset_t set = awaited();
  for (;;) {
    int number = 0;
    if (sigwait(&set, &number) != 0) continue;
    if (number == SIGUSR2) {
      if (done_) return;
      continue;
    }
    if (received_ != 0) _exit(128 + number);
    received_ = number;
    stop_.request_stop();
  }
}

}  // namespace whittle::cli
