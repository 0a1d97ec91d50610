#include "builder/shared_text.hpp"

#include "common/error.hpp"
#include "common/json.hpp"
#include "evidence/dsse.hpp"

namespace whittle::builder {
namespace {

const std::string text_annotation = "dev.whittle.cache.text";
const std::string envelope_annotation = "dev.whittle.cache.envelope";

}  // namespace

void put_text(layers::Manifest& manifest, std::string_view type, const std::string& text,
              evidence::Signer* signer) {
  manifest.artifact_type = type;
  if (signer != nullptr)
    manifest.annotations.insert_or_assign(
        envelope_annotation, canonical(evidence::to_json(evidence::sign_envelope(type, text, *signer))));
  else
    manifest.annotations.insert_or_assign(text_annotation, text);
}

std::string text_in(const layers::Manifest& manifest, std::string_view type,
                    const std::optional<evidence::PublicKey>& trust) {
  const auto enveloped = manifest.annotations.find(envelope_annotation);
  if (enveloped != manifest.annotations.end()) {
    auto envelope = evidence::parse_envelope(enveloped->second, "its envelope");
    if (trust) evidence::verify_envelope(envelope, type, *trust);
    return std::move(envelope.payload);
  }
  if (trust) throw Error(ErrorKind::unverified, "it is not signed, and `trust` asks for that");
  const auto plain = manifest.annotations.find(text_annotation);
  if (plain == manifest.annotations.end() || manifest.artifact_type != type)
    throw Error(ErrorKind::integrity, "it is not one of whittle's cache");
  return plain->second;
}

}  // namespace whittle::builder
