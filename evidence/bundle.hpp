// Sigstore bundles (protobuf-specs, sigstore_bundle.proto, version 0.3): how cosign 3 stores a signature.
// Those made with a key are read and written; what only a certificate or a log vouches for cannot be checked
// here.
#pragma once

#include <string>
#include <string_view>

#include "evidence/dsse.hpp"

namespace whittle::evidence {

inline constexpr std::string_view bundle_type = "application/vnd.dev.sigstore.bundle.v0.3+json";

struct Bundle {
  Envelope envelope;
  std::string hint;              // which key, as whoever signed names it; not trusted
  bool has_log_entries = false;  // of a transparency log: they are carried, and nobody here checks them
};

// Whether a media type, of a layer or of a manifest, is that of a bundle of any version.
bool is_bundle_type(std::string_view media_type);

// Error(unverified) for what is ill-formed; Error(unsupported) for other versions, for a certificate in place
// of a key, nothing to verify with, and a signature over a bare message, which says nothing of an image
// (hostile.md, 240).
Bundle parse_bundle(std::string_view text, std::string_view what);

// Canonical. The key is named as cosign names it.
std::string write_bundle(const Envelope& envelope, const PublicKey& key);

}  // namespace whittle::evidence
