// What an in-toto statement is about (in-toto attestation framework, spec/v1/statement.md): which digests,
// and what kind of thing it says of them. What it says is read elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace whittle::evidence {

// The type of the statement that is cosign's signature of an image, and says nothing else.
inline constexpr std::string_view sign_predicate = "https://sigstore.dev/cosign/sign/v1";

struct StatementClaim {
  std::string predicate_type;
  std::vector<Digest> subjects;  // those with a sha256 or sha512; by digest alone, names say nothing

  bool covers(const Digest& digest) const;
};

// Statements of the versions 1 and 0.1. Error(unverified) naming `what` for anything else, for no subject at
// all, one that is no object, or a digest that is ill-formed (hostile.md, 239).
StatementClaim read_claim(std::string_view statement, std::string_view what);

// Error(unverified) naming what does not fit, unless the statement covers the digest and, where
// `predicate_type` is not empty, is of that type.
void check_claim(const StatementClaim& claim, const Digest& digest, std::string_view predicate_type);

}  // namespace whittle::evidence
