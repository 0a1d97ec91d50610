// The text of Go's build information.
#include "binaries/build_info.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::module_info_input(std::string_view input) {
  const auto info = parsed([&] { return binaries::parse_module_info(input); });
  if (!info) return;
  for (const auto& dependency : info->dependencies)
    require(!dependency.module.path.empty(), "every module has a path");
}
