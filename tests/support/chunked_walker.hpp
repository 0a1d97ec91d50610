// A second opinion on a zstd:chunked layer of ours: finds its parts by the footer, reads each file by the
// index, and puts the tar together again.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "layers/descriptor.hpp"

namespace whittle::test {

// Whether the layer ends in a footer of zstd:chunked.
bool is_chunked(const OpenSource& open);

// Everything that the rules forbid: annotations or a footer that lead elsewhere, an index that is not
// canonical JSON, entries that differ from the tar's, chunks that are not whole frames or lack their digest,
// a tar-split that gives another tar, bytes that no level of the pinned compressor makes. Holds the layer in
// memory.
std::vector<std::string> chunked_violations(const OpenSource& open, const layers::Annotations& annotations);

}  // namespace whittle::test
