#include "packages/package_wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/debian_version.hpp"

namespace whittle::packages {
namespace {

using Candidate = PackagePool::Candidate;

constexpr std::size_t most_shown = 10;

template <class Range>
std::string shown_list(const Range& all) {
  std::string text;
  std::size_t count = 0;
  for (const auto& one : all) {
    if (count == most_shown) return text + ", …";
    text += fmt::format("{}{}", count++ == 0 ? "" : ", ", one);
  }
  return text;
}

[[noreturn]] void fail_unknown(const PackagePool& pool, const PackageWish& wish) {
  std::vector<std::string_view> names;
  for (const auto& candidate : pool.all())
    if (names.empty() || names.back() != candidate.package->name) names.push_back(candidate.package->name);
  Error error(ErrorKind::spec,
              fmt::format("the package archives have no package {} for {}", wish.name, pool.architecture()));
  if (const auto near = nearest(wish.name, names)) error.hint(fmt::format("did you mean {}?", *near));
  throw error;
}

// Nobody is preferred among several: the spec has to name one.
const Candidate& find_provider(const PackagePool& pool, const PackageWish& wish) {
  const auto providers = pool.fulfilling({wish.name});
  if (providers.empty()) fail_unknown(pool, wish);
  std::set<std::string_view> names;
  for (const auto* provider : providers) names.insert(provider->package->name);
  if (names.size() > 1)
    throw Error(ErrorKind::spec, fmt::format("{} is no package but what several provide", wish.name))
        .hint(fmt::format("name one of {}", shown_list(names)));
  return pool.named(*names.begin()).front();
}

}  // namespace

PackageWish PackageWish::parse(std::string_view text) {
  PackageWish wish;
  const auto equals = text.find('=');
  auto name = text.substr(0, equals);
  if (equals != std::string_view::npos) wish.version = text.substr(equals + 1);
  const auto colon = name.find(':');
  if (colon != std::string_view::npos) wish.architecture = name.substr(colon + 1);
  name = name.substr(0, colon);
  const bool well_formed = is_package_name(name) &&
                           (equals == std::string_view::npos || is_version(wish.version)) &&
                           (colon == std::string_view::npos || is_package_name(wish.architecture));
  if (!well_formed)
    throw Error(ErrorKind::spec, fmt::format("{} does not name a package", shown(text)))
        .hint("a package is written NAME, NAME=VERSION or NAME:ARCHITECTURE=VERSION");
  wish.name = name;
  return wish;
}

std::string PackageWish::text() const {
  return fmt::format("{}{}{}{}{}", name, architecture.empty() ? "" : ":", architecture,
                     version.empty() ? "" : "=", version);
}

bool PackageWish::is_for(std::string_view wanted) const {
  return architecture.empty() || architecture == "all" || architecture == wanted;
}

const Candidate& find_wished(const PackagePool& pool, const PackageWish& wish) {
  const auto versions = pool.named(wish.name);
  if (versions.empty() && wish.version.empty()) return find_provider(pool, wish);
  if (versions.empty()) fail_unknown(pool, wish);
  if (wish.version.empty()) return versions.front();
  const auto found = std::ranges::find_if(versions, [&](const Candidate& one) {
    return compare_versions(one.package->version, wish.version) == 0;
  });
  if (found != versions.end()) return *found;
  std::vector<std::string_view> there;
  for (const auto& one : versions) there.push_back(one.package->version);
  throw Error(ErrorKind::spec,
              fmt::format("the package archives do not have {} in version {}", wish.name, wish.version))
      .hint(fmt::format("they have {}", shown_list(there)));
}

}  // namespace whittle::packages
