// What a build was made from, in the form of SLSA provenance v1 (docs/formats.md says what stands where). It
// has no clock, no random and nothing of the machine in it: equal builds have equal bytes.
#pragma once

#include <string_view>

#include "evidence/build_record.hpp"
#include "evidence/statement.hpp"

namespace whittle::evidence {

inline constexpr std::string_view provenance_type = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view builder_id = "https://whittle.dev/builder/v1";
inline constexpr std::string_view build_type =
    "https://whittle.dev/build/v1";  // a name; nothing is fetched from it

Statement provenance_of(const BuildRecord& record);

// The record in a provenance that anybody may have written (hostile 247): only the fields that a record has
// are taken, each checked for its form; what they ask for is for the caller to judge. Error(unverified) when
// one is missing, is of another form or contradicts another, Error(integrity) for a value of another JSON
// type, Error(unsupported) for a predicate or build type that is not ours. `what` names the provenance in
// messages.
BuildRecord record_of(const Statement& statement, std::string_view what);

}  // namespace whittle::evidence
