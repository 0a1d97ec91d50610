#include "common/file_digest.hpp"

#include "common/file.hpp"

namespace whittle {

Digest digest_of_file(const std::filesystem::path& path) {
  FileSource source(path);
  Hasher hasher;
  pump(source, hasher);
  return hasher.finish();
}

}  // namespace whittle
