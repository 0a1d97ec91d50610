// A package as a spec asks for it: NAME[:ARCHITECTURE][=VERSION].
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "packages/package_pool.hpp"

namespace whittle::packages {

// A value. Ordered by name.
struct PackageWish {
  std::string name;
  std::string architecture = {};  // empty: whatever is being built for. Another one: meant for that alone
  std::string version = {};       // empty: the highest
  auto operator<=>(const PackageWish&) const = default;

  // Error(spec) for anything else.
  static PackageWish parse(std::string_view text);
  std::string text() const;
  // Whether it asks for something in an image of that architecture.
  bool is_for(std::string_view wanted) const;
};

// The highest version there is of what is wished, or that very version. A name that only one package provides
// means that package. Error(spec) says what there is instead: the nearest name, the versions, the providers.
const PackagePool::Candidate& find_wished(const PackagePool& pool, const PackageWish& wish);

}  // namespace whittle::packages
