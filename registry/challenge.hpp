// The WWW-Authenticate field (RFC 9110, section 11.6.1).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::registry {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case; of a doubled one the first
};

// Reads all challenges of one answer, from one field or several. What is not well-formed is skipped: never
// fails.
std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& fields);

}  // namespace whittle::registry
