#include "builder/arrivals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/error.hpp"

namespace whittle::builder {

Arrivals::Arrivals(const std::filesystem::path& folder) : ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!ended_) throw_errno(errno, "creating an event descriptor");
  Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (watch &&
      ::inotify_add_watch(watch.get(), folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0)
    watch_ = std::move(watch);
}

void Arrivals::end() {
  const std::uint64_t one = 1;
  const auto ignored = ::write(ended_.get(), &one, sizeof one);
  static_cast<void>(ignored);  // fails only when it was called before
}

std::optional<std::string> Arrivals::next() {
  while (names_.empty()) {
    std::array<pollfd, 2> polled{pollfd{watch_.get(), POLLIN, 0}, pollfd{ended_.get(), POLLIN, 0}};
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR)
      throw_errno(errno, "waiting for files");
    // What arrived before the end lies in the queue by now, whatever poll saw of it.
    read_events();
    if (names_.empty() && (polled[1].revents & POLLIN) != 0) return std::nullopt;
  }
  auto name = std::move(names_.front());
  names_.pop_front();
  return name;
}

void Arrivals::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  while (watch_) {
    const auto count = ::read(watch_.get(), buffer.data(), buffer.size());
    if (count <= 0) return;  // none are left
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      if (event.len > 0) names_.emplace_back(buffer.data() + at + sizeof event);
      at += sizeof event + event.len;
    }
  }
}

}  // namespace whittle::builder
