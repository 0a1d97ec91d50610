// Which users of this machine the users of a container are (user_namespaces(7)): such as nobody else is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace whittle::running {

// The container's 0, 1, 2, … are first, first + 1, … outside; of users and of groups.
struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  bool operator==(const IdRange&) const = default;
  // A number that the container lacks is its nobody, as a kernel shows it there.
  std::uint32_t outside(std::uint32_t id) const { return first + (id < count ? id : 65534); }
};

struct ContainerIds {
  std::optional<IdRange> range = {};
  std::string why_not = {};  // for people, when there is none
};

// Those that root may give a container: of 0x70000000 to 0x7FFDFFFF, where by the table of systemd
// (UIDS-GIDS) neither people nor services nor containers of others are. None in a user namespace that has not
// all of them, and where the kernel would not let a program with such ids mount what a container has; that is
// tried.
ContainerIds ids_for_containers(const std::filesystem::path& proc = "/proc");

// Why an ordinary user may not have a container, whose root that user would be; "" when one may.
std::string why_no_container_of(std::uint32_t uid, std::uint32_t gid);

// Whether there are such a user and such a group for whoever runs this: in a user namespace most are not.
bool ids_are_here(std::uint32_t uid, std::uint32_t gid, const std::filesystem::path& proc = "/proc");

}  // namespace whittle::running
