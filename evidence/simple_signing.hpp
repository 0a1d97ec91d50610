// The payload of cosign's older signatures: "simple signing" (containers/image, signature format, "critical"
// object).
#pragma once

#include <string>
#include <string_view>

#include "common/digest.hpp"

namespace whittle::evidence {

// `reference` is the repository, for people; nobody verifies it.
std::string write_simple_signing(std::string_view reference, const Digest& digest);

// Error(unverified) naming what does not fit, unless the payload says of this digest, written exactly so,
// that it is cosign's signature of an image (hostile.md, 233). To be asked after the signature over `payload`
// was verified.
void check_simple_signing(std::string_view payload, const Digest& digest);

}  // namespace whittle::evidence
