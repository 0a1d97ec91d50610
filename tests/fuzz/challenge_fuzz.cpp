// WWW-Authenticate, one field a line, and the scopes in it.
#include "common/ascii.hpp"
#include "registry/challenge.hpp"

#include "registry/scopes.hpp"
#include "registry/url.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::challenge_input(std::string_view input) {
  std::vector<std::string_view> fields;
  while (!input.empty()) fields.push_back(take_line(input));
  for (const auto& challenge : registry::parse_challenges(fields)) {
    require(challenge.scheme == lower_case(challenge.scheme), "a scheme is in lower case");
    const auto scope = challenge.parameters.find("scope");
    if (scope == challenge.parameters.end()) continue;
    const auto scopes = registry::Scopes::parse(scope->second);
    require(scopes.includes(scopes), "scopes include themselves");
  }
}
