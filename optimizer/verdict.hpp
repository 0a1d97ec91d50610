// The verdict of `verify`: what was looked at, and what came of each part.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/descriptor.hpp"

namespace whittle::optimizer {

enum class PartOutcome { passed, failed, not_checked };
std::string_view name_of(PartOutcome outcome);  // "passed", "failed", "not checked"

struct VerdictPart {
  std::string name;  // "content", "signature"
  PartOutcome outcome = PartOutcome::not_checked;
  std::string detail = {};                 // one line; escaped already
  ErrorKind kind = ErrorKind::unverified;  // of a failure
};

struct Verdict {
  layers::Descriptor root;  // what was judged, by its digest
  std::vector<VerdictPart> parts = {};

  // Nothing failed. What was not checked is no failure, and said.
  bool holds() const;
  // Error of the kind of the first part that failed, naming it; nothing when none did.
  void require() const;
};

// Runs the check of one part, which returns the detail. What it finds wrong with the image is a failed part;
// what keeps it from looking (the network, a registry, this machine, an interruption) is thrown.
template <class Check>
VerdictPart checked_part(std::string name, const Check& check) {
  try {
    std::string detail = check();
    return {std::move(name), PartOutcome::passed, std::move(detail)};
  } catch (const Error& error) {
    switch (error.kind()) {
      case ErrorKind::integrity:
      case ErrorKind::unverified:
      case ErrorKind::unsupported:
      case ErrorKind::limit:
        return {std::move(name), PartOutcome::failed, error.message(), error.kind()};
      default:
        throw;
    }
  }
}

// The documented form of `verify --json` (docs/formats.md).
Json to_json(const Verdict& verdict, const std::string& place);
// For people: the verdict, then a line for each part.
std::string to_text(const Verdict& verdict, const std::string& place);

}  // namespace whittle::optimizer
