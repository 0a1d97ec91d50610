// An encrypted key is refused, or its password is asked for, which nobody here has.
#include "evidence/cosign_key.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::cosign_key_input(std::string_view input) {
  bool asked = false;
  const auto ask = [&]() -> SecretText {
    asked = true;
    throw Error(ErrorKind::auth, "none");
  };
  const auto key = parsed([&] { return open_cosign_key(input, ask, "the input"); });
  require(!key, "no key is opened without a password");
  require(
      !asked || input.find("scrypt") != std::string_view::npos || input.find('\\') != std::string_view::npos,
      "a password is asked for only where scrypt is named");
}
