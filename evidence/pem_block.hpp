// PEM, the text form of keys (RFC 7468), read strictly: nothing is skipped, nothing is guessed.
#pragma once

#include <string>
#include <string_view>

#include "evidence/secret_text.hpp"

namespace whittle::evidence {

struct PemBlock {
  std::string label;  // "PUBLIC KEY"
  SecretText bytes;   // whatever it is, it may be a private key
};

// The one block of a text of at most 64 KiB. Lines may end in LF, CR LF or CR, blank lines and blanks at
// their ends are nothing; any other text beside the block, a second block, a header as of PEM encryption (RFC
// 1421) or a broken end is Error(auth) naming `what`, never quoting the text. A block EC PARAMETERS before an
// EC PRIVATE KEY, as `openssl ecparam` writes it, says nothing that the key does not say, and is passed over.
PemBlock read_pem(std::string_view text, std::string_view what);

}  // namespace whittle::evidence
