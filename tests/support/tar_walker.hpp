// A second opinion on our tars: walks ustar and pax headers by itself, sharing no code with what writes them,
// and says everything it finds that the rules for our layers (hostile case 268) forbid.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace whittle::test {

struct TarEntry {
  std::string path = {};  // as written, a directory's with its slash
  std::string target = {};
  char type = 0;
  std::uint64_t mode = 0;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::map<std::string, std::string> records = {};  // of the extended header before it
  Digest content = Digest::of(std::string_view());
};

struct TarListing {
  std::vector<TarEntry> entries = {};
  std::vector<std::string> violations = {};
};

// Reads to the end of the source, or to the first header that cannot be read, which is a violation.
TarListing walk_tar(ByteSource& source);

}  // namespace whittle::test
