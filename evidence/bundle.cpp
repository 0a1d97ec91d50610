#include "evidence/bundle.hpp"

#include <fmt/format.h>

#include "common/text.hpp"
#include "evidence/unverified_json.hpp"

namespace whittle::evidence {
namespace {

// How the same version was written before there was a media type of its own.
constexpr std::string_view type_with_parameter = "application/vnd.dev.sigstore.bundle+json;version=0.3";
constexpr std::string_view any_version = "application/vnd.dev.sigstore.bundle";

Error unsupported(std::string_view what, std::string_view why) {
  return Error(ErrorKind::unsupported, fmt::format("{} {}", what, why));
}

bool has(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && !found->is_null();
}

std::string hint_of(const Json& material, std::string_view what) {
  if (has(material, "certificate") || has(material, "x509CertificateChain"))
    throw unsupported(what, "is vouched for by a certificate, not by a key");
  if (!has(material, "publicKey")) throw unsupported(what, "names no key that it was signed with");
  const Json& key = object_field(material, "publicKey", what);
  return has(key, "hint") ? text_field(key, "hint", what) : std::string();
}

}  // namespace

bool is_bundle_type(std::string_view media_type) {
  return media_type.starts_with(any_version);
}

Bundle parse_bundle(std::string_view text, std::string_view what) {
  const Json json = parse_unverified(text, what);
  const auto type = text_field(json, "mediaType", what);
  if (type != bundle_type && type != type_with_parameter)
    throw unsupported(what, fmt::format("is of type {}; bundles of version 0.3 are read", shown(type)));
  if (!has(json, "verificationMaterial")) throw unsupported(what, "has no verification material");
  const Json& material = object_field(json, "verificationMaterial", what);
  auto hint = hint_of(material, what);
  if (has(json, "messageSignature") && has(json, "dsseEnvelope"))
    throw unverified(what, "holds both a message signature and an envelope");
  if (has(json, "messageSignature"))
    throw unsupported(what, "signs a bare message, and not a statement about an image");
  auto envelope = envelope_from(object_field(json, "dsseEnvelope", what), what);
  if (envelope.signatures.size() != 1)
    throw unverified(what, fmt::format("has an envelope with {} signatures, and one is allowed",
                                       envelope.signatures.size()));
  const bool logged = has(material, "tlogEntries") && !array_field(material, "tlogEntries", what).empty();
  return {std::move(envelope), std::move(hint), logged};
}

std::string write_bundle(const Envelope& envelope, const PublicKey& key) {
  return canonical({{"mediaType", bundle_type},
                    {"verificationMaterial", {{"publicKey", {{"hint", key.hint()}}}}},
                    {"dsseEnvelope", to_json(envelope)}});
}

}  // namespace whittle::evidence
