// What cosign and whittle attach to an image, in both of their forms: bundles that refer to it by their
// subject, and the layers of a manifest under a tag made of its digest.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::evidence {

enum class Form { bundle, tag };
std::string_view name_of(Form form);  // "bundle", "tag"

inline constexpr std::string_view signature_suffix = ".sig";
inline constexpr std::string_view attestation_suffix = ".att";
std::string attached_tag(const Digest& subject, std::string_view suffix);

// Of a layer under such a tag.
inline constexpr std::string_view signature_annotation = "dev.cosignproject.cosign/signature";
inline constexpr std::string_view certificate_annotation = "dev.sigstore.cosign/certificate";
inline constexpr std::string_view predicate_annotation = "predicateType";
inline constexpr std::string_view simple_signing_type = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view envelope_type = "application/vnd.dsse.envelope.v1+json";
// Of the manifest of a bundle; what it says is not signed, and only saves reading a bundle that is not
// wanted.
inline constexpr std::string_view bundle_predicate_annotation = "dev.sigstore.bundle.predicateType";
inline constexpr std::string_view bundle_content_annotation = "dev.sigstore.bundle.content";

struct Attached {
  Form form;
  layers::Descriptor blob;  // with the annotations of the layer
};

struct Sought {
  Digest subject;
  std::string_view suffix;     // of the tag
  std::string predicate_type;  // of the bundle; empty: any but that of signatures
};

// Everything of both forms, bundles first. A form that cannot be read is an error, and never counts as empty;
// so is a manifest that is listed and not there (Error(registry)) and more than 1,000 in all (Error(limit));
// hostile.md, 234 and 241.
std::vector<Attached> find_attached(registry::ImageSource& source, const Sought& sought,
                                    const std::stop_token& stop);

// The bytes, of at most payload_limit, verified against digest and size; Error(registry) when they are not
// there.
std::string read_attached(registry::ImageSource& source, const Attached& one);

}  // namespace whittle::evidence
