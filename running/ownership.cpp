#include "running/ownership.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/error.hpp"
#include "common/text.hpp"
#include "running/posix_acl.hpp"

namespace whittle::running {
namespace {

[[noreturn]] void failed(std::string_view doing, const layers::TarEntry& entry) {
  throw_errno(errno, fmt::format("{} of {}", doing, shown(entry.path)));
}

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};
Owner owner_of(const layers::TarEntry& entry, const Ownership& ownership) {
  if (!ownership.ids) return {entry.uid, entry.gid};
  return {ownership.ids->outside(entry.uid), ownership.ids->outside(entry.gid)};
}

// A user namespace that lacks the number says EINVAL (user_namespaces(7)).
[[noreturn]] void not_given(const layers::TarEntry& entry) {
  if (errno != EINVAL) failed("setting the owner", entry);
  throw Error(ErrorKind::io, fmt::format("{} belongs to {}:{}, which this user namespace does not have",
                                         shown(entry.path), entry.uid, entry.gid))
      .hint("run it as an ordinary user, to whom all files will belong");
}

std::array<timespec, 2> times_of(const layers::TarEntry& entry) {
  const timespec time{static_cast<time_t>(entry.mtime), static_cast<long>(entry.mtime_nanoseconds)};
  return {time, time};
}

// What an overlay of the host would obey is data here.
bool is_refused(std::string_view name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

bool may_lack(int error_number) {
  return error_number == EPERM || error_number == EACCES || error_number == ENOTSUP ||
         error_number == EINVAL || error_number == ENOSPC || error_number == E2BIG || error_number == ERANGE;
}

}  // namespace

void set_attributes(const Fd& file, const layers::TarEntry& entry, const Ownership& ownership,
                    SkippedAttributes& skipped) {
  const auto owner = owner_of(entry, ownership);
  if (ownership.kept && ::fchown(file.get(), owner.user, owner.group) != 0) not_given(entry);
  if (::fchmod(file.get(), static_cast<mode_t>(entry.mode)) != 0) failed("setting the mode", entry);
  for (const auto& [name, value] : entry.xattrs) {
    const auto here = ownership.ids && holds_acl(name) ? acl_outside(value, *ownership.ids) : value;
    if (!is_refused(name) && ::fsetxattr(file.get(), name.c_str(), here.data(), here.size(), 0) == 0)
      continue;
    if (!is_refused(name) && !may_lack(errno)) failed("setting an attribute", entry);
    if (skipped.xattrs++ == 0) skipped.first_xattr = fmt::format("{} of {}", shown(name), shown(entry.path));
  }
  if (::futimens(file.get(), times_of(entry).data()) != 0) failed("setting the time", entry);
}

void set_root_owner(const Fd& folder, const Ownership& ownership) {
  if (!ownership.kept || !ownership.ids) return;
  if (::fchown(folder.get(), ownership.ids->first, ownership.ids->first) != 0)
    throw_errno(errno, "setting the owner of a folder");
}

void set_link_attributes(const Fd& folder, const std::string& name, const layers::TarEntry& entry,
                         const Ownership& ownership) {
  constexpr int itself = AT_SYMLINK_NOFOLLOW;
  const auto owner = owner_of(entry, ownership);
  if (ownership.kept && ::fchownat(folder.get(), name.c_str(), owner.user, owner.group, itself) != 0)
    not_given(entry);
  if (::utimensat(folder.get(), name.c_str(), times_of(entry).data(), itself) != 0)
    failed("setting the time", entry);
}

}  // namespace whittle::running
