// A second opinion on an eStargz layer of ours: finds its index by the footer, and reads each file by that.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"

namespace whittle::test {

// Whether the layer ends in a footer of eStargz.
bool is_estargz(const OpenSource& open);

// Everything that the rules forbid: an index that is not canonical JSON or not where the footer says, entries
// that differ from the tar's, chunks that do not begin a member or lack their digest, bytes that no level of
// the pinned compressor makes. Holds the layer in memory.
std::vector<std::string> estargz_violations(const OpenSource& open);

// The digest of the index, as an annotation of the layer has it; empty where there is none.
std::string estargz_index_digest_of(const OpenSource& open);

}  // namespace whittle::test
