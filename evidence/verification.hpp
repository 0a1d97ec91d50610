// What came of verifying all that is attached to an image with one key.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "evidence/attached.hpp"

namespace whittle::evidence {

struct Checked {
  Form form;
  Digest blob;
  std::string problem = {};                // why it does not count; empty for what is good
  ErrorKind kind = ErrorKind::unverified;  // of the problem: `unsupported` for what cannot be checked here
  bool has_log_entries = false;            // of a transparency log, which nobody checked
  bool good() const { return problem.empty(); }
};

struct Verification {
  std::string what;  // "signature", "attestation"
  Digest subject;    // which digest is covered
  std::vector<Checked> checked = {};

  std::size_t good() const;
  // "1 of 2 signatures (bundle) is this key's"; why not, when there is none.
  std::string summary() const;
  // Error(unverified) with that summary unless one is good; Error(unsupported) when none could be checked.
  void require_good() const;
};

// Runs `check` over each. What is wrong with one (Error(unverified), Error(unsupported)) is noted, and the
// next one is tried; whatever else fails ends it, so that an outage is never taken for an answer.
Verification verify_each(std::string what, Digest subject, const std::vector<Attached>& all,
                         const std::function<void(const Attached&, Checked&)>& check);

}  // namespace whittle::evidence
