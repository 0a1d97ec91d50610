// What every image that whittle makes must be (hostile 268, 269). Each test that makes one passes it through
// here.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "registry/image_io.hpp"

namespace whittle::test {

struct ValidatorOptions {
  // Digests of blobs and documents that others made (a base's layers): they are checked against digest, size
  // and diffID, but not against the rules for our tars and our JSON.
  std::set<Digest> foreign = {};
  bool all_foreign = false;  // others made all of it
};

// Everything that is wrong with the image and all its platforms, a line each; empty when it is valid:
// digests, sizes and media types; canonical JSON; diffIDs, history and layers that agree; platforms that
// agree between index and config; the rules of hostile case 268 for the tars, and of docs/determinism.md for
// what compresses them. Trusts nothing that `source` verified.
std::vector<std::string> violations(registry::ImageSource& source, const ValidatorOptions& options = {});

}  // namespace whittle::test
