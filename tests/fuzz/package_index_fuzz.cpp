// An index that is read can be searched and solved, and what is chosen can be asked for.
#include "packages/package_index.hpp"

#include "packages/package_solver.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::packages;

void whittle::fuzz::package_index_input(std::string_view input) {
  const auto index =
      parsed([&] { return std::make_shared<const PackageIndex>(std::string(input), "the input"); });
  if (!index) return;
  for (const auto& package : (*index)->packages())
    require(!package.path.starts_with('/') && package.path.find("/../") == std::string_view::npos,
            "paths stay below");
  const auto pool = parsed([&] { return PackagePool({{*index, 0}}, "amd64"); });
  if (!pool || pool->all().size() > 100) return;
  for (const auto& candidate : pool->all()) {
    SolveRequest request{{PackageWish{std::string(candidate.package->name)}}};
    const auto chosen = parsed([&] { return solve(*pool, request); });
    if (chosen) require(!chosen->empty(), "what is wished is chosen");
  }
}
