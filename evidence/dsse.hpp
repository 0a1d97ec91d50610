// DSSE envelopes (secure-systems-lab/dsse, protocol.md and envelope.md, version 1.0.2): a payload with its
// type, and signatures over both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"

namespace whittle::evidence {

inline constexpr std::string_view in_toto_type = "application/vnd.in-toto+json";

struct Envelope {
  std::string payload_type;
  std::string payload;                  // decoded
  std::vector<std::string> signatures;  // decoded; which key a signature names is a hint, and not read
};

// What is signed, so that neither type nor payload can be taken for another.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

// Error(unverified) naming `what` and the field for what is no envelope: absent or ill-typed fields, text
// that is not base64 (either alphabet), no signature or more than 100 (hostile.md, 238).
Envelope envelope_from(const Json& json, std::string_view what);
Envelope parse_envelope(std::string_view text, std::string_view what);

Envelope sign_envelope(std::string_view payload_type, std::string payload, Signer& signer);
Json to_json(const Envelope& envelope);

// Error(unverified) unless the payload is of that type and one of the signatures is the key's. Only then may
// the payload be read.
void verify_envelope(const Envelope& envelope, std::string_view payload_type, const PublicKey& key);

}  // namespace whittle::evidence
