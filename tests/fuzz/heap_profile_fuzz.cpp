// A heap profile.
#include "running/heap_profile.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::heap_profile_input(std::string_view input) {
  const auto profile = parsed([&] {
    return running::read_heap_profile(std::make_unique<TextSource>(std::string(input)), "a profile");
  });
  if (!profile) return;
  std::uint64_t sum = 0;
  for (const auto& [function, size] : profile->in_use) sum += size;
  require(sum >= profile->total, "the whole is no more than its parts");
  require(running::growth_between(*profile, *profile, 10).empty(), "nothing grew");
}
