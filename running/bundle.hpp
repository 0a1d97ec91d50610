// A bundle for an OCI runtime (runtime-spec, bundle.md): config.json beside a root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "running/runtime_config.hpp"
#include "running/unpack.hpp"

namespace whittle::running {

// Whoever starts a container.
struct Caller {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::optional<IdRange> ids = {};  // of root, for users of a container that are nobody else's

  bool is_root() const { return uid == 0; }
  static Caller of_this_process();
};

// The account of the image's user; for an ordinary caller, who has one id to give, root of a user namespace
// that stands for the caller. Error(unsupported) for a user beyond those that the container has.
Account account_for(const Caller& caller, const layers::ImageConfig& image, const UnpackedRoot& root);
// Own namespaces; that of users for an ordinary caller, and for root with ids for it.
Confinement confinement_for(const Caller& caller);

// Writes config.json into the folder.
void write_bundle(const std::filesystem::path& folder, const Json& config);

}  // namespace whittle::running
