// Private keys as cosign keeps them: PKCS #8 in a secretbox whose key scrypt makes of a password, all of it
// JSON.
#pragma once

#include <functional>
#include <string_view>

#include "evidence/secret_text.hpp"

namespace whittle::evidence {

// Asked only when a key is encrypted. Error(auth) when there is no password.
using AskPassword = std::function<SecretText()>;

// The PKCS #8 in DER that the JSON in such a PEM block holds. Error(auth) naming `what` for a wrong password
// and for what is ill-formed, Error(unsupported) for other ciphers and for other costs of scrypt than cosign
// has ever written: whoever chose them would choose how much memory this takes (hostile.md, 237). Neither
// quotes a byte of it.
SecretText open_cosign_key(std::string_view json, const AskPassword& ask, std::string_view what);

}  // namespace whittle::evidence
