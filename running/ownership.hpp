// Whose the files of an unpacked root are, and what else is set on them: mode, extended attributes, time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/file.hpp"
#include "layers/tar_reader.hpp"
#include "running/container_ids.hpp"

namespace whittle::running {

struct Ownership {
  bool kept = true;  // else everything belongs to whoever runs this: only root may give files away
  std::optional<IdRange> ids = {};  // of the container that it is for; without them the image's own
};

// Counted by what it was: the first name is an example.
struct SkippedAttributes {
  std::uint64_t xattrs = 0;
  std::string first_xattr = {};  // "NAME of PATH", escaped
};

// Sets owner, mode, extended attributes and time, in the order in which none undoes another (chown(2) clears
// setuid bits and capabilities). An attribute that may not be set here is counted; Error(io) for the rest.
void set_attributes(const Fd& file, const layers::TarEntry& entry, const Ownership& ownership,
                    SkippedAttributes& skipped);
// Of a folder that no layer names: it is of the root of whom the files are for.
void set_root_owner(const Fd& folder, const Ownership& ownership);
// Of a symbolic link, which has neither a mode nor attributes of users.
void set_link_attributes(const Fd& folder, const std::string& name, const layers::TarEntry& entry,
                         const Ownership& ownership);

}  // namespace whittle::running
