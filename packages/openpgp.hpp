// Signatures of package archives (OpenPGP, RFC 9580), verified by librnp.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "packages/package_archive.hpp"

namespace whittle::packages {

// Whom to believe, and what time it is.
struct Trust {
  std::vector<KeySource> keys;
  std::vector<std::string> fingerprints =
      {};                        // only these among them, or subkeys of these (upper-case hex); empty: all
  std::chrono::sys_seconds now;  // librnp's own clock is set to it: nothing here asks the machine's
};

// The text of a clear-signed message of which one signature at least is good: made by a trusted key that may
// sign and has neither expired nor been revoked, not expired itself, not from the future, over SHA-256 or
// better, by RSA of 2048 bits or more or a better algorithm. Only what that signature covers is returned,
// without blanks at the ends of lines. Error(unverified) naming `what` and, key by key, what is wrong;
// Error(not_found) for a file of keys that is not there; Error(unsupported) where librnp is not installed.
// Takes some milliseconds; any number of threads.
//
// Of a text that was changed librnp itself writes a line to stderr; it cannot be told not to.
std::string verify_clear_signed(std::string_view message, const Trust& trust, const std::string& what);

}  // namespace whittle::packages
