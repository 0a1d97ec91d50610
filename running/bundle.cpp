#include "running/bundle.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::running {

Caller Caller::of_this_process() {
  return {::geteuid(), ::getegid()};
}

Account account_for(const Caller& caller, const layers::ImageConfig& image, const UnpackedRoot& root) {
  auto account = account_of(image.execution.user, root.passwd, root.group);
  if (!caller.is_root()) return {.home = account.home};
  auto highest = std::max(account.uid, account.gid);
  for (const auto group : account.groups) highest = std::max(highest, group);
  if (caller.ids && highest >= caller.ids->count)
    throw Error(ErrorKind::unsupported,
                fmt::format("the image runs as the user or group {}, and a container has those below {}",
                            highest, caller.ids->count));
  return account;
}

Confinement confinement_for(const Caller& caller) {
  Confinement confinement;
  if (caller.ids) confinement.uids = confinement.gids = {{0, caller.ids->first, caller.ids->count}};
  if (caller.is_root()) return confinement;
  confinement.uids = {{0, caller.uid, 1}};
  confinement.gids = {{0, caller.gid, 1}};
  return confinement;
}

void write_bundle(const std::filesystem::path& folder, const Json& config) {
  write_file(folder / "config.json", canonical(config) + "\n", AtomicFile::Durability::content);
}

}  // namespace whittle::running
