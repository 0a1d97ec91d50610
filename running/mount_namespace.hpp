// A view of the mounts of this machine in which some are changed, for the runtimes that are started in it:
// nobody else sees the changes, and with its last process it is gone (mount_namespaces(7)).
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "common/file.hpp"

namespace whittle::running {

// Only root can make one. Immutable but for the mounts; safe to use from several threads.
class MountNamespace {
 public:
  // A copy of the caller's, to which nothing of what happens inside comes back. Error(io).
  MountNamespace();

  // On a thread of its own that is in it, as is every program which that starts. What it throws goes through.
  void run(const std::function<void()>& work) const;

  void unmount(const std::filesystem::path& place) const;
  // Shows a folder at a place that every user of this machine may reach, whoever its own parents are closed
  // to. Returns that place, which is one where people mount things, and not above what is in `kept`.
  std::filesystem::path show_openly(const std::filesystem::path& folder,
                                    const std::vector<std::filesystem::path>& kept) const;

 private:
  Fd namespace_;
};

}  // namespace whittle::running
