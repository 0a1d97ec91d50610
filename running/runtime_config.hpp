// The config.json of a bundle (runtime-spec, config.md and config-linux.md): how an OCI runtime is to run a
// program of an image, confined whatever the image asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "layers/config.hpp"
#include "running/accounts.hpp"

namespace whittle::running {

// One stretch of ids of a user namespace.
struct IdMap {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 1;
};

struct Confinement {
  std::string root = "rootfs";  // the folder, relative to the bundle
  std::string hostname = "whittle";
  std::vector<IdMap> uids = {};  // with a user namespace of its own; empty: none
  std::vector<IdMap> gids = {};
  // Set only where control groups may be: a runtime refuses what it cannot set.
  bool limited = false;
  std::string cgroup = {};  // its name below that of the runtime; "" leaves it to the runtime
  std::optional<std::uint64_t> memory = {};  // bytes, swap included where the machine has some
  bool swap = false;                         // whether it has
  std::optional<double> cpus = {};
  std::uint64_t processes = 512;
  std::uint64_t scratch = 64U << 20U;  // bytes of each folder that can be written to
  std::vector<std::string> env = {};   // NAME=VALUE on top of the image's
};

// No capabilities, no new privileges, a root that cannot be written, tmpfs for /tmp, /run and the image's
// volumes, own namespaces (the network has nothing but its loopback), no devices but the usual six, /proc and
// /sys masked, system calls that administrate the kernel refused. Error(unsupported) for an image without a
// program to run.
Json runtime_config(const layers::ImageConfig& image, const Account& account, const Confinement& confinement);

}  // namespace whittle::running
