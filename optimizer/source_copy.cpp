#include "optimizer/source_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "builder/git.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr time_t other_time = 981173106;  // 2001-02-03T04:05:06Z

class Copier {
 public:
  Copier(const CopyManner& manner, const std::stop_token& stop) : manner_(manner), stop_(stop) {}

  void copy_folder(const fs::path& from, const fs::path& to) const {
    throw_if_stopped(stop_);
    make_directories(to);
    std::vector<fs::path> names;
    for (const auto& entry : fs::directory_iterator(from)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    if (manner_.reverse_order) std::reverse(names.begin(), names.end());
    for (const auto& name : names)
      if (name != ".git") copy(from / name, to / name);
    set_time(from, to);
  }

 private:
  void copy(const fs::path& from, const fs::path& to) const {
    const auto status = fs::symlink_status(from);
    if (fs::is_directory(status)) return copy_folder(from, to);
    if (fs::is_symlink(status))
      fs::copy_symlink(from, to);
    else if (fs::is_regular_file(status))
      fs::copy_file(from, to);
    else
      return;
    set_time(from, to);
  }

  void set_time(const fs::path& from, const fs::path& to) const {
    struct stat status {};
    if (::lstat(from.c_str(), &status) != 0)
      throw_errno(errno, fmt::format("reading {}", escaped(from.native(), false, 4096)));
    auto times = std::array<timespec, 2>{status.st_atim, status.st_mtim};
    if (manner_.other_times) times = {{{other_time, 0}, {other_time, 0}}};
    if (::utimensat(AT_FDCWD, to.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      throw_errno(errno, fmt::format("setting the time of {}", escaped(to.native(), false, 4096)));
  }

  const CopyManner& manner_;
  const std::stop_token& stop_;
};

}  // namespace

fs::path copy_sources(const fs::path& from, const fs::path& to, const CopyManner& manner,
                      const std::stop_token& stop) {
  const auto checkout = builder::GitCheckout::find(from);
  const auto below = checkout ? from.lexically_relative(checkout->root()) : fs::path(".");
  const auto copy = (to / below / "").lexically_normal().parent_path();
  try {
    Copier(manner, stop).copy_folder(from, copy);
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::io, escaped(error.what(), false, 1000)).context("copying the sources");
  }
  if (const auto head = checkout ? checkout->head() : std::nullopt) checkout->link_from(to, *head);
  return copy;
}

}  // namespace whittle::optimizer
