// A key that only a program of the user's can reach, such as one in a key management service
// (docs/signing.md).
#pragma once

#include "evidence/key_source.hpp"

namespace whittle::evidence {

// The program is run without a shell, with the user's arguments and one more:
//   public-key   prints the public key in PEM
//   sign         reads the message from standard input and prints its signature, in DER or that in base64
class CommandSigner final : public Signer {
 public:
  // Asks for the public key at once. Error(not_found) when there is no such program, Error(auth) for what it
  // answers when that is no key, for a failure of it and when it takes too long.
  CommandSigner(const KeySource& source, const KeyContext& context);

  // The answer is verified with the public key before it is used: Error(auth) when it is no signature of that
  // key.
  std::string sign(std::string_view message) override;
  const PublicKey& public_key() const override { return public_key_; }

 private:
  std::string answer_to(const char* request, std::string input) const;
  KeySource source_;
  KeyContext context_;
  std::filesystem::path program_;
  PublicKey public_key_;
};

}  // namespace whittle::evidence
