#include "deploying/folder_watch.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::deploying {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t changes =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_ONLYDIR;
constexpr int settled = 150;  // milliseconds without a change
constexpr int patience =
    2000 / settled;  // how often that may start again: a log that grows must not starve us

}  // namespace

FolderWatch::FolderWatch(std::vector<fs::path> left_out, std::stop_token stop)
    : left_out_(std::move(left_out)),
      stop_(std::move(stop)),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!inotify_ || !stopped_) throw_errno(errno, "preparing to watch files");
}

bool FolderWatch::is_left_out(const fs::path& folder) const {
  return std::find(left_out_.begin(), left_out_.end(), folder) != left_out_.end();
}

FolderWatch::Watched* FolderWatch::watch(const fs::path& folder) {
  const int id = ::inotify_add_watch(inotify_.get(), folder.c_str(), changes);
  if (id < 0 && errno == ENOSPC)
    throw Error(ErrorKind::machine_limit, fmt::format("watching {}: the kernel has no more watches",
                                                      escaped(folder.native(), false, 4096)))
        .hint("raise fs.inotify.max_user_watches, or watch fewer folders");
  if (id < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
    return nullptr;  // gone again, or not ours
  if (id < 0) throw_errno(errno, fmt::format("watching {}", escaped(folder.native(), false, 4096)));
  auto& entry = watched_[id];
  entry.folder = folder;
  return &entry;
}

// Its folder is watched: an editor replaces the file, and a watch of the old one would see nothing more.
void FolderWatch::add_file(const fs::path& file) {
  const auto path = fs::absolute(file).lexically_normal();
  if (auto* entry = watch(path.parent_path())) entry->names.insert(path.filename());
}

void FolderWatch::add_tree(const fs::path& folder) {
  std::vector<fs::path> waiting = {fs::absolute(folder).lexically_normal()};
  if (!waiting.front().has_filename()) waiting.front() = waiting.front().parent_path();
  while (!waiting.empty()) {
    const auto next = std::move(waiting.back());
    waiting.pop_back();
    if (is_left_out(next)) continue;
    auto* entry = watch(next);
    if (entry == nullptr) continue;
    entry->tree = true;
    std::error_code failure;
    for (auto child = fs::directory_iterator(next, failure); !failure && child != fs::directory_iterator();
         child.increment(failure)) {
      std::error_code ignored;
      if (child->symlink_status(ignored).type() == fs::file_type::directory &&
          !child->path().filename().native().starts_with('.'))
        waiting.push_back(child->path());
    }
  }
}

// Whether there is something to read; false when the time is over or it was stopped.
bool FolderWatch::poll_once(int milliseconds) {
  std::array<pollfd, 2> fds = {{{inotify_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), milliseconds);
  if (ready < 0 && errno != EINTR) throw_errno(errno, "waiting for changes of files");
  return ready > 0 && !stop_.stop_requested() && fds[0].revents != 0;
}

bool FolderWatch::take_changes() {
  alignas(inotify_event) std::array<char, 64U << 10U> buffer;
  bool counts = false;
  for (;;) {
    const auto count = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return counts;
    if (count <= 0) throw_errno(errno, "reading what changed");
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name = event.len > 0 ? buffer.data() + at + sizeof event : "";
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) counts = true;
      const auto found = watched_.find(event.wd);
      if (found == watched_.end()) continue;
      if ((event.mask & IN_IGNORED) != 0) {
        watched_.erase(found);
        continue;
      }
      const auto path = found->second.folder / name;
      const bool is_folder = (event.mask & IN_ISDIR) != 0;
      if (is_folder && (is_left_out(path) || name.starts_with('.'))) continue;
      counts = counts || found->second.tree || found->second.names.contains(name);
      if (found->second.tree && is_folder && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) add_tree(path);
    }
  }
}

bool FolderWatch::wait() {
  const std::stop_callback wake(stop_, [this] {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stopped_.get(), &one, sizeof one) == sizeof one);
  });
  for (bool changed = false; !changed;) {
    if (poll_once(-1)) changed = take_changes();
    if (stop_.stop_requested()) return false;
  }
  for (int i = 0; i < patience && poll_once(settled); ++i) take_changes();
  return !stop_.stop_requested();
}

}  // namespace whittle::deploying
