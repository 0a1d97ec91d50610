// Access control lists as the kernel keeps them in extended attributes (linux/posix_acl_xattr.h).
#pragma once

#include <string>
#include <string_view>

#include "running/container_ids.hpp"

namespace whittle::running {

// Whether an attribute of that name holds one.
bool holds_acl(std::string_view attribute);

// The list with the users and groups outside in the place of the container's. Foreign bytes: what is no list
// comes back as it is, and the kernel refuses it.
std::string acl_outside(std::string_view value, const IdRange& ids);

}  // namespace whittle::running
