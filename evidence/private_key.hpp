// A private key at hand, read from PEM.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "evidence/cosign_key.hpp"
#include "evidence/signer.hpp"

namespace whittle::evidence {

// Its bytes are overwritten when it is destroyed. Signatures differ from one time to the next: OpenSSL 3.0
// draws their random number itself (deterministic ones, RFC 6979, came with 3.2).
class PrivateKey final : public Signer {
 public:
  // A PEM block PRIVATE KEY (PKCS #8, RFC 5958), EC PRIVATE KEY (SEC 1, RFC 5915), ENCRYPTED SIGSTORE PRIVATE
  // KEY or ENCRYPTED COSIGN PRIVATE KEY. Error(auth) naming `what`, never quoting it, for anything else and
  // for keys of a kind that PublicKey refuses; `ask` is called for an encrypted one.
  static PrivateKey parse(std::string_view pem, const AskPassword& ask, std::string_view what);
  ~PrivateKey() override;
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;

  std::string sign(std::string_view message) override;
  const PublicKey& public_key() const override { return public_key_; }

 private:
  struct State;
  PrivateKey(std::unique_ptr<State> state, PublicKey public_key);
  std::unique_ptr<State> state_;
  PublicKey public_key_;
};

}  // namespace whittle::evidence
