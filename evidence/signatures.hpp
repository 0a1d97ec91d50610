// Signatures of images, as cosign makes and reads them (hostile.md, group K).
#pragma once

#include <stop_token>
#include <vector>

#include "evidence/attached_writer.hpp"
#include "evidence/public_key.hpp"
#include "evidence/signer.hpp"
#include "evidence/verification.hpp"

namespace whittle::evidence {

// All signatures of that digest, in both forms, verified with the key. Good if one is; a signature counts for
// the digest that it names, so one of an index says nothing of a child that is asked about, nor the reverse.
// Error(registry), Error(network) and the like when not all could be read: that is never "not signed".
Verification verify_signatures(registry::ImageSource& source, const Digest& digest, const PublicKey& key,
                               const std::stop_token& stop);

// One signature alone; Error(unverified) or Error(unsupported) says why it does not count. `bytes` are the
// blob's.
void check_signature(const Attached& one, std::string_view bytes, const Digest& digest, const PublicKey& key,
                     bool& has_log_entries);

// Signs the digest and stores that at the target. A form in which it is signed by this key already stays as
// it is, so that doing it again adds nothing. Returns the forms that were added.
std::vector<Form> sign_image(const EvidenceTarget& target, const layers::Descriptor& subject, Signer& signer,
                             StorageForm form);

}  // namespace whittle::evidence
