// The part of a verdict that says whether an image is signed.
#pragma once

#include <stop_token>
#include <string>

#include "evidence/public_key.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

// What is signed by the key, in words: the root, by its digest. Error(unverified) when the root is not, which
// names children of an index that are (hostile.md, 242). Other errors as of verify_signatures.
std::string check_signature_of(registry::ImageSource& source, const layers::Document& root,
                               const evidence::PublicKey& key, const std::stop_token& stop);

}  // namespace whittle::optimizer
