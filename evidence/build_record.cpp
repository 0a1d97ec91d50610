#include "evidence/build_record.hpp"

namespace whittle::evidence {

Digest Sources::tree() const {
  KeyHasher hasher;
  for (const auto& [path, digest] : files) hasher.add(path).add(digest.text());
  return hasher.finish();
}

}  // namespace whittle::evidence
