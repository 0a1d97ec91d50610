// What a credential helper writes: no word of it may be in a message, but the name of another registry.
#include "registry/credential_helper.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::credential_helper_input(std::string_view input) {
  const auto found =
      parsed([&] { return registry::parse_helper_answer(input, "registry.example.com", "the helper"); });
  if (!found || !*found) return;
  require(!(*found)->user.empty(), "credentials name a user");
  require((*found)->user != registry::identity_token_user || !(*found)->identity_token.empty(),
          "an identity token is one");
}
