// SPDX 2.3 in its JSON form. Identifiers and the namespace are made of digests, the time is given.
#pragma once

#include "evidence/sbom.hpp"

namespace whittle::evidence {

Json spdx_document(const SbomSubject& subject, const Catalogue& catalogue);

}  // namespace whittle::evidence
