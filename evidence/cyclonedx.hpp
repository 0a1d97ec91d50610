// CycloneDX 1.6 in its JSON form. The serial number is made of a digest, the time is given.
#pragma once

#include "evidence/sbom.hpp"

namespace whittle::evidence {

Json cyclonedx_document(const SbomSubject& subject, const Catalogue& catalogue);

}  // namespace whittle::evidence
