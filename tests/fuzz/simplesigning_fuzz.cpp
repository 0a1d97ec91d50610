// A payload that is taken for a signature of a digest is not taken for one of another.
#include "evidence/simple_signing.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

void whittle::fuzz::simplesigning_input(std::string_view input) {
  const auto fits = [&](const Digest& digest) {
    return parsed([&] {
             check_simple_signing(input, digest);
             return true;
           })
        .has_value();
  };
  const auto digest = Digest::of(std::string_view("image"));
  if (fits(digest)) require(!fits(Digest::of(std::string_view("other"))), "a payload is about one digest");
}
