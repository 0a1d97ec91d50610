// A public key that signatures are verified with: ECDSA on P-256 as cosign makes them, or RSA of 2,048 bits
// and more (PKCS #1 v1.5); both over SHA-256.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace whittle::evidence {

// Immutable, cheap to copy, safe to use from several threads.
class PublicKey {
 public:
  // A PEM block PUBLIC KEY (RFC 5480, 8017). Error(auth) naming `what` for anything else: a private key, a
  // certificate, RSA of fewer bits; Error(unsupported) for a sound key of another kind.
  static PublicKey parse(std::string_view pem, std::string_view what);
  // The same from a SubjectPublicKeyInfo in DER.
  static PublicKey from_der(std::string_view der, std::string_view what);

  // Whether `signature` is one of `message`. False, too, for what is no signature at all: text in place of
  // DER, trailing bytes, numbers out of range (hostile.md, 235).
  bool verifies(std::string_view message, std::string_view signature) const;

  // SHA-256 of the SubjectPublicKeyInfo in base64: how cosign names a key in a bundle.
  std::string hint() const;
  std::string pem() const;
  bool operator==(const PublicKey& other) const;

 private:
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace whittle::evidence
