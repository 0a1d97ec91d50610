#include "common/contained_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

constexpr int most_links = 40;  // as in Linux

using Opened = ContainedFolder::Opened;

Opened failed(int error_number) {
  return {Fd(), error_number};
}

Opened open_at(int folder, const char* name, int flags) {
  Fd fd(::openat(folder, name, flags));
  return fd ? Opened{std::move(fd), 0} : failed(errno);
}

// Components in reverse order, so that the next one is at the back.
void push_components(std::string_view path, std::vector<std::string>& pending) {
  const auto first = static_cast<std::ptrdiff_t>(pending.size());
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") pending.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  std::reverse(pending.begin() + first, pending.end());
}

// The target of a symbolic link; nothing when `name` is none.
std::optional<std::string> link_target(int folder, const std::string& name) {
  std::array<char, 4097> target{};
  const auto length = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

ContainedFolder::ContainedFolder(std::filesystem::path folder, Method method)
    : folder_(std::move(folder)), method_(method) {
  fd_ = Fd(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (fd_) return;
  const auto doing = fmt::format("opening the folder {}", escaped(folder_.native(), false, 4096));
  if (errno == ENOENT) throw Error(ErrorKind::not_found, "no such folder").context(doing);
  throw_errno(errno, doing);
}

std::filesystem::path ContainedFolder::path_of(std::string_view relative) const {
  return relative.empty() || relative == "." ? folder_ : folder_ / relative;
}

Opened ContainedFolder::open(std::string_view relative, int flags, Links links) const {
  const std::string path(relative.empty() ? "." : relative);
  if (path.find('\0') != std::string::npos) return failed(ENOENT);
  if (method_ == Method::walk) return walk(path, flags, links);
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (links == Links::refused) how.resolve |= RESOLVE_NO_SYMLINKS;
  for (int attempt = 0; attempt < 16; ++attempt) {
    const auto fd = ::syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof(how));
    if (fd >= 0) return {Fd(static_cast<int>(fd)), 0};
    // EAGAIN: something was renamed meanwhile, and the kernel cannot tell whether the path left the folder.
    if (errno == EAGAIN || errno == EINTR) continue;
    // An old kernel or a filter; a filter may also answer EPERM, which openat2 itself hardly does.
    if (errno == ENOSYS || errno == EPERM) break;
    return failed(errno);
  }
  return walk(path, flags, links);
}

Opened ContainedFolder::walk(std::string_view relative, int flags, Links links) const {
  if (relative.starts_with('/')) return failed(EXDEV);
  std::vector<std::string> pending;
  push_components(relative, pending);
  const bool wants_folder = relative.ends_with('/') || (flags & O_DIRECTORY) != 0;
  std::vector<Fd> folders;  // from below the folder to where we are
  const auto here = [&] { return folders.empty() ? fd_.get() : folders.back().get(); };
  for (int seen = 0; !pending.empty();) {
    const auto name = std::move(pending.back());
    pending.pop_back();
    if (name == "..") {
      if (folders.empty()) return failed(EXDEV);
      folders.pop_back();
      continue;
    }
    const bool last = pending.empty();
    if (const auto target = link_target(here(), name)) {
      const bool itself = last && (flags & O_NOFOLLOW) != 0 && (flags & O_PATH) != 0;
      if (itself) return open_at(here(), name.c_str(), flags | O_CLOEXEC);
      if (links == Links::refused || (last && (flags & O_NOFOLLOW) != 0) || ++seen > most_links)
        return failed(ELOOP);
      if (target->starts_with('/')) return failed(EXDEV);
      push_components(*target, pending);
      continue;
    }
    const int directory = wants_folder ? O_DIRECTORY : 0;
    const int step = last ? flags | directory | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW;
    auto next = open_at(here(), name.c_str(), step | O_CLOEXEC);
    if (!next.fd || last) return next;
    folders.push_back(std::move(next.fd));
  }
  return open_at(here(), ".", flags | O_CLOEXEC);
}

}  // namespace whittle
