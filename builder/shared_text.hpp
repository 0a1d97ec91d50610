// A text that machines leave for one another in a repository: an annotation of a manifest, in a DSSE envelope
// where it is signed. Its type says what it is for, and is signed with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"
#include "layers/manifest.hpp"

namespace whittle::builder {

// Puts it into a manifest of that artifact type. `signer` may be null.
void put_text(layers::Manifest& manifest, std::string_view type, const std::string& text,
              evidence::Signer* signer);
// Error(unverified) unless it is signed with `trust`, where that is given; Error(integrity) for a manifest
// without one.
std::string text_in(const layers::Manifest& manifest, std::string_view type,
                    const std::optional<evidence::PublicKey>& trust);

}  // namespace whittle::builder
