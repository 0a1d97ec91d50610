// An access control list of a layer.
#include "running/posix_acl.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::posix_acl_input(std::string_view input) {
  constexpr running::IdRange ids{0x70000000, 65536};
  const auto outside = running::acl_outside(input, ids);
  require(outside.size() == input.size(), "a list keeps its size");
  // Nobody of the container is anybody outside.
  require(running::acl_outside(outside, {0, 0xffffffff}) == outside,
          "ids of a list that is read again are its own");
}
