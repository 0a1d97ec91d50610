// A platform has one normal form.
#include "layers/platform.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::platform_input(std::string_view input) {
  using layers::Platform;
  const auto platform = parsed([&] { return Platform::parse(input); });
  if (!platform) return;
  require(Platform::parse(platform->text()) == *platform, "the text of a platform is that platform");
  require(platform->matches(*platform), "a platform matches itself");
}
