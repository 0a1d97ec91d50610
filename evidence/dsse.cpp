#include "evidence/dsse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base64.hpp"
#include "common/text.hpp"
#include "evidence/unverified_json.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t most_signatures = 100;

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(), payload);
}

Envelope envelope_from(const Json& json, std::string_view what) {
  Envelope envelope{text_field(json, "payloadType", what), bytes_field(json, "payload", what), {}};
  const Json& signatures = array_field(json, "signatures", what);
  if (signatures.empty()) throw unverified(what, "has no signatures");
  if (signatures.size() > most_signatures)
    throw Error(ErrorKind::limit, fmt::format("{} has {} signatures, more than the limit of {}", what,
                                              signatures.size(), most_signatures));
  for (const Json& signature : signatures) envelope.signatures.push_back(bytes_field(signature, "sig", what));
  return envelope;
}

Envelope parse_envelope(std::string_view text, std::string_view what) {
  return envelope_from(parse_unverified(text, what), what);
}

Envelope sign_envelope(std::string_view payload_type, std::string payload, Signer& signer) {
  auto signature = signer.sign(pre_authentication_encoding(payload_type, payload));
  return {std::string(payload_type), std::move(payload), {std::move(signature)}};
}

Json to_json(const Envelope& envelope) {
  Json signatures = Json::array();
  for (const auto& signature : envelope.signatures)
    signatures.push_back({{"sig", base64_encoded(signature)}});
  return {{"payload", base64_encoded(envelope.payload)},
          {"payloadType", envelope.payload_type},
          {"signatures", signatures}};
}

void verify_envelope(const Envelope& envelope, std::string_view payload_type, const PublicKey& key) {
  if (envelope.payload_type != payload_type)
    throw Error(ErrorKind::unverified,
                fmt::format("the payload is of type {}, not {}", shown(envelope.payload_type), payload_type));
  const auto message = pre_authentication_encoding(envelope.payload_type, envelope.payload);
  const auto& signatures = envelope.signatures;
  if (std::none_of(signatures.begin(), signatures.end(),
                   [&](const auto& one) { return key.verifies(message, one); }))
    throw Error(ErrorKind::unverified, "the signature is not one of this key over these bytes");
}

}  // namespace whittle::evidence
