// A digest is what it is parsed from.
#include "common/digest.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::digest_input(std::string_view input) {
  const auto digest = parsed([&] { return Digest::parse(input); });
  if (digest) require(digest->text() == input, "a digest has one spelling");
}
