// A bundle is read or refused, and one that is read has one signature.
#include "evidence/bundle.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::bundle_input(std::string_view input) {
  const auto bundle = parsed([&] { return parse_bundle(input, "the input"); });
  if (bundle) require(bundle->envelope.signatures.size() == 1, "a bundle has one signature");
}
