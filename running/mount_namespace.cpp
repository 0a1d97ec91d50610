#include "running/mount_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <thread>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

// A thread may leave the namespace of the others for good, and then ends (setns(2), CLONE_FS of unshare(2)).
void on_thread(const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

bool is_above(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

MountNamespace::MountNamespace() {
  on_thread([this] {
    if (::unshare(CLONE_FS | CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
      throw_errno(errno, "making a view of the mounts for the runtime");
    namespace_ = Fd(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    if (!namespace_) throw_errno(errno, "keeping a view of the mounts for the runtime");
  });
}

void MountNamespace::run(const std::function<void()>& work) const {
  on_thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::setns(namespace_.get(), CLONE_NEWNS) != 0)
      throw_errno(errno, "entering the view of the mounts for the runtime");
    work();
  });
}

void MountNamespace::unmount(const fs::path& place) const {
  run([&] {
    if (::umount2(place.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
      throw_errno(errno, fmt::format("hiding {} from the runtime", escaped(place.native(), false, 1000)));
  });
}

fs::path MountNamespace::show_openly(const fs::path& folder, const std::vector<fs::path>& kept) const {
  // Of the Filesystem Hierarchy Standard, and mostly empty.
  static constexpr std::array<const char*, 4> places = {"/mnt", "/srv", "/media", "/opt"};
  for (const fs::path place : places) {
    std::error_code error;
    const auto hides = [&](const fs::path& one) { return is_above(place, fs::weakly_canonical(one, error)); };
    if (!fs::is_directory(fs::symlink_status(place, error)) || std::any_of(kept.begin(), kept.end(), hides))
      continue;
    run([&] {
      if (::mount(folder.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0)
        throw_errno(errno, fmt::format("showing {} to the container", escaped(folder.native(), false, 1000)));
    });
    return place;
  }
  throw Error(ErrorKind::unsupported, "none of /mnt, /srv, /media and /opt can have the container's root")
      .hint("make /mnt, an empty folder");
}

}  // namespace whittle::running
