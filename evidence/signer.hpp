// Whoever signs: a key at hand, or a command that reaches one elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "evidence/public_key.hpp"

namespace whittle::evidence {

// May be used by one thread at a time.
class Signer {
 public:
  virtual ~Signer() = default;
  // A signature over SHA-256 of the message: of ECDSA in ASN.1 DER (RFC 3279), of RSA as PKCS #1 v1.5. Two of
  // the same message need not be equal. Throws Error.
  virtual std::string sign(std::string_view message) = 0;
  virtual const PublicKey& public_key() const = 0;
};

}  // namespace whittle::evidence
