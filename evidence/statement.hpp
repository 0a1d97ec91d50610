// A claim about images, named by their digests (in-toto Statement v1). Who vouches for it is another matter
// (attestation.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"

namespace whittle::evidence {

inline constexpr std::size_t largest_statement = 16U << 20U;  // bytes (hostile 236)

// Whether a `_type` is that of a statement of a version that is known, 1 or 0.1.
bool is_statement_type(std::string_view type);

// What a claim is about (a resource descriptor of in-toto).
struct Subject {
  Digest digest;          // sha256, where it was read
  std::string name = {};  // for people; nothing is matched by it
  std::string media_type = {};
  Json annotations = Json::object();
};

struct Statement {
  std::vector<Subject> subjects;
  std::string predicate_type;
  Json predicate = Json::object();

  bool is_about(const Digest& digest) const;
};

// Canonical bytes.
std::string write_statement(const Statement& statement);

// Foreign bytes. `what` names them in messages. Error(limit) beyond largest_statement or a depth of 64,
// Error(integrity) for what is malformed, Error(unsupported) for no statement of version 1 or 0.1,
// Error(unverified) for one without subjects, or with one that has no sha256 (hostile 239).
Statement parse_statement(std::string_view text, std::string_view what);

}  // namespace whittle::evidence
