// Statements about an image (in-toto: provenance, SBOMs) as what refers to it: signed as cosign attests, or
// plain.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "evidence/attached_writer.hpp"
#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"
#include "evidence/statement_claim.hpp"
#include "evidence/verification.hpp"

namespace whittle::evidence {

// Stores a statement (its bytes stay as they are) with what refers to the subject. With a signer: in a DSSE
// envelope, as a bundle or under the tag `.att`; without: as an artifact of type application/vnd.in-toto+json
// with one such layer, whatever the form. The same statement again, signed by the same key, adds nothing.
// Error(internal) when the statement does not cover the subject or is of another type.
void attach_statement(const EvidenceTarget& target, const layers::Descriptor& subject,
                      const std::string& statement, const std::string& predicate_type, Signer* signer,
                      StorageForm form = StorageForm::bundle);

// Called with each statement that a good attestation carries: it may be believed as far as the key is.
using TakeStatement = std::function<void(const StatementClaim& claim, const std::string& statement)>;

// All attestations of that digest, in both forms, verified with the key; of that type unless it is empty.
// Statements match by their subjects' digests alone (hostile.md, 239). Errors as for signatures.
Verification verify_attestations(registry::ImageSource& source, const Digest& digest, const PublicKey& key,
                                 const std::string& predicate_type, const std::stop_token& stop,
                                 const TakeStatement& take = {});

}  // namespace whittle::evidence
