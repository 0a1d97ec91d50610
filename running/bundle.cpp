#include "running/bundle.hpp"

#include <unistd.h>

#include "common/file.hpp"

namespace whittle::running {

Caller Caller::of_this_process() {
  return {::geteuid(), ::getegid()};
}

Account account_for(const Caller& caller, const layers::ImageConfig& image, const UnpackedRoot& root) {
  auto account = account_of(image.execution.user, root.passwd, root.group);
  if (caller.is_root()) return account;
  return {.home = account.home};
}

Confinement confinement_for(const Caller& caller) {
  Confinement confinement;
  if (caller.is_root()) return confinement;
  confinement.uids = {{0, caller.uid, 1}};
  confinement.gids = {{0, caller.gid, 1}};
  return confinement;
}

void write_bundle(const std::filesystem::path& folder, const Json& config) {
  write_file(folder / "config.json", canonical(config) + "\n", AtomicFile::Durability::content);
}

}  // namespace whittle::running
