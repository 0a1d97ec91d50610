// Three versions, a line each: they have one order. The rest is read as relations to packages.
#include <string>

#include "packages/debian_version.hpp"
#include "packages/package_relation.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::packages;

void whittle::fuzz::deb_version_input(std::string_view input) {
  const auto a = take_line(input);
  const auto b = take_line(input);
  const auto c = take_line(input);
  require(compare_versions(a, a) == 0, "a version is equal to itself");
  require((compare_versions(a, b) < 0) == (compare_versions(b, a) > 0), "the order has one direction");
  if (compare_versions(a, b) <= 0 && compare_versions(b, c) <= 0)
    require(compare_versions(a, c) <= 0, "the order is transitive");
  const auto relations = parsed([&] { return parse_relations(input); });
  if (!relations) return;
  for (const auto& alternatives : *relations)
    for (const auto& one : alternatives) require(is_package_name(one.name), "a relation names a package");
}
