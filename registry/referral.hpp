// How manifests refer to others: by a `subject` (image-spec, manifest.md), and before there was one, by tags
// made of the digest of what they belong to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::registry {

// How long a chain of referrers of referrers may be (hostile.md, 127).
inline constexpr unsigned referrer_depth_limit = 8;

// The subject that a document names, and the descriptor under which the document is listed there.
struct Referral {
  layers::Descriptor subject;
  layers::Descriptor referrer;  // with the artifact type and the annotations of the document
};
// Nothing for a document without a subject. Error(integrity) for an ill-formed one.
std::optional<Referral> referral_of(const layers::Document& document, std::string_view what);

// The tag under which the referrers of a digest are listed where a registry has no API for them
// (distribution-spec, "Referrers Tag Schema").
std::string referrers_tag(const Digest& subject);

// The tags under which cosign keeps signatures, attestations and SBOMs of a digest.
std::vector<std::string> attachment_tags(const Digest& subject);
// Whether a tag is made of a digest, as those are and the one for referrers.
bool is_tag_of_digest(std::string_view tag);

}  // namespace whittle::registry
