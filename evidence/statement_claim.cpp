#include "evidence/statement_claim.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"
#include "evidence/statement.hpp"
#include "evidence/unverified_json.hpp"

namespace whittle::evidence {

bool StatementClaim::covers(const Digest& digest) const {
  return std::find(subjects.begin(), subjects.end(), digest) != subjects.end();
}

StatementClaim read_claim(std::string_view statement, std::string_view what) {
  const Json json = parse_unverified(statement, what);
  const auto type = text_field(json, "_type", what);
  if (!is_statement_type(type))
    throw unverified(what, fmt::format("is no in-toto statement of a known version, but {}", shown(type)));
  StatementClaim claim{text_field(json, "predicateType", what), {}};
  const Json& subjects = array_field(json, "subject", what);
  if (subjects.empty()) throw unverified(what, "has no subject");
  for (const Json& subject : subjects) {
    const Json& digests = object_field(subject, "digest", what);
    for (const char* algorithm : {"sha256", "sha512"}) {
      if (!digests.contains(algorithm)) continue;
      try {
        claim.subjects.push_back(
            Digest::parse(fmt::format("{}:{}", algorithm, text_field(digests, algorithm, what))));
      } catch (const Error&) {
        throw unverified(what, fmt::format("has a subject whose {} is ill-formed", algorithm));
      }
    }
  }
  return claim;
}

void check_claim(const StatementClaim& claim, const Digest& digest, std::string_view predicate_type) {
  if (!predicate_type.empty() && claim.predicate_type != predicate_type)
    throw Error(ErrorKind::unverified, fmt::format("the statement is of type {}, not {}",
                                                   shown(claim.predicate_type), predicate_type));
  if (claim.subjects.empty())
    throw Error(ErrorKind::unverified, "the statement names no digest as its subject");
  if (!claim.covers(digest))
    throw Error(ErrorKind::unverified,
                fmt::format("the statement is about another digest, {}", claim.subjects.front().text()));
}

}  // namespace whittle::evidence
