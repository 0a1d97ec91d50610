#include "builder/folder_entries.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/error.hpp"

namespace whittle::builder {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::vector<std::string> folder_entries(int fd, std::string_view doing) {
  // The stream closes its descriptor, so it gets one of its own.
  const int own = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) throw_errno(errno, doing);
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(own));
  if (!folder) {
    const int error_number = errno;
    ::close(own);
    throw_errno(error_number, doing);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const auto* const entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw_errno(errno, doing);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace whittle::builder
