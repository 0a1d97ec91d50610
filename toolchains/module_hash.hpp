// The `h1:` hash of a module: over the names and contents of its files, however they are packed
// (golang.org/x/mod/sumdb/dirhash, Hash1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace whittle::toolchains {

struct HashedFile {
  std::string name;  // MODULE@VERSION/path
  Digest content;    // sha256
};

// In any order; no name may be there twice or have a newline in it.
std::string module_hash(std::vector<HashedFile> files);

// Whether a text has the form of such a hash.
bool is_module_hash(std::string_view text);

}  // namespace whittle::toolchains
