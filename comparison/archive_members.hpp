// The members of a tar, zip or ar archive that lies in a file, for comparing two of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "binaries/random_access.hpp"
#include "comparison/content_difference.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::comparison {

struct ArchiveMember {
  layers::TarEntry entry;    // with what the format has of its fields
  std::uint64_t offset = 0;  // of the content in the archive
  std::uint64_t packed = 0;  // bytes there
  bool deflated = false;     // RFC 1951; of a zip
};

// In the order of the archive; of a zip that of its directory. Error(integrity), Error(unsupported) for what
// is broken, encrypted or of a form that nobody writes, Error(limit) beyond `most` members, or 64 MiB of
// their headers.
std::vector<ArchiveMember> archive_members(const binaries::RandomAccess& archive, ContentKind kind,
                                           std::uint64_t most);

// The content of a deflated member, inflated. Borrows the archive.
std::unique_ptr<ByteSource> inflated(const binaries::RandomAccess& archive, const ArchiveMember& member);

}  // namespace whittle::comparison
