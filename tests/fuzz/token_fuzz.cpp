// Answers of token services.
#include "registry/token.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::token_input(std::string_view input) {
  const std::chrono::steady_clock::time_point received;
  const auto token = parsed([&] { return registry::parse_token(input, received, "the input"); });
  if (!token) return;
  require(!token->text.empty() && token->text.find_first_of("\r\n") == std::string::npos,
          "a token fits a header");
  require(token->expires > received && token->expires <= received + std::chrono::hours(24),
          "a token lives for a while, not forever");
}
