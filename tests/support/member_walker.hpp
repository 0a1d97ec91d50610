// A second opinion on the compressed bytes of a layer of ours.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"

namespace whittle::test {

// Everything that the rules forbid: a member or frame whose header says something of the machine or the time,
// that is of another size, and bytes that no level of the pinned compressors makes of the content. Opens the
// layer more than once; Error(integrity) where it cannot be decoded.
std::vector<std::string> member_violations(const OpenSource& open);

}  // namespace whittle::test
