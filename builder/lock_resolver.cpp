#include "builder/lock_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/base_image.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"
#include "packages/bases.hpp"
#include "packages/package_resolver.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

using toolchains::GoVersion;
using toolchains::ToolchainId;

// Every lock names the toolchains for these, so that it says the same whoever makes it.
constexpr std::array<std::string_view, 2> usual_hosts = {"linux/amd64", "linux/arm64"};

constexpr std::size_t releases_shown = 3;

ToolchainId toolchain_for(const GoVersion& version, std::string_view platform) {
  const auto slash = platform.find('/');
  return {version, std::string(platform.substr(0, slash)), std::string(platform.substr(slash + 1))};
}

std::vector<GoVersion> listed_versions(const std::string& host, Origins& origins) {
  const auto any = toolchain_for(*GoVersion::parse("1.21.0"), host);
  return toolchains::versions_for(origins.go_proxy().versions(std::string(toolchains::toolchain_module)),
                                  any.os, any.architecture);
}

// For a release that nobody knows: the newest ones that there are. Nothing when there is such a release after
// all, or the list cannot be had, which then says less than why the release is missing.
std::optional<std::string> newest_releases(const GoVersion& version, const std::string& host,
                                           Origins& origins) {
  try {
    auto known = listed_versions(host, origins);
    if (known.empty() || std::find(known.begin(), known.end(), version) != known.end()) return std::nullopt;
    std::string newest;
    for (std::size_t i = 0; i < known.size() && i < releases_shown; ++i)
      newest += fmt::format("{}{}", i == 0 ? "" : ", ", known[known.size() - 1 - i].text());
    return fmt::format("there is no Go {}; the newest that there are: {}", version.text(), newest);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return std::nullopt;
  }
}

std::string toolchain_hash(const GoVersion& version, const std::string& host, Origins& origins) {
  try {
    return origins.checksum_database().hash_of(std::string(toolchains::toolchain_module),
                                               toolchain_for(version, host).module_version());
  } catch (Error& error) {
    error.context(fmt::format("looking up Go {} for {}", version.text(), host));
    if (error.kind() == ErrorKind::not_found)
      if (auto newest = newest_releases(version, host, origins)) error.hint(std::move(*newest));
    throw;
  }
}

LockedGo resolve_go(const Requirements& wanted, Origins& origins) {
  auto task = origins.reporter().start("looking up Go", 0);
  const auto version =
      toolchains::choose_version(wanted.go, [&] { return listed_versions(wanted.host, origins); });
  LockedGo go{version.text(), {}};
  std::set<std::string, std::less<>> hosts(usual_hosts.begin(), usual_hosts.end());
  hosts.insert(wanted.host);
  for (const auto& host : hosts) go.toolchains.emplace(host, toolchain_hash(version, host, origins));
  task->done(version.text());
  return go;
}

std::vector<std::string_view> known_bases() {
  std::vector<std::string_view> bases = {"scratch"};
  for (const auto& base : packages::bases()) bases.push_back(base.name);
  return bases;
}

// One letter too many, too few or another, or two that changed places.
bool is_one_slip_apart(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  if (a.size() == 2 && b.size() == 2) return a[0] == b[1] && a[1] == b[0];
  return a.size() <= 1 && b.size() <= 1;
}

// A misspelt base of ours reads as an image's name, and somebody else's image could have it: one that is a
// letter off is asked for nowhere.
void refuse_misspelt(const std::string& name) {
  if (name.find_first_of("/.:@") != std::string::npos) return;
  const auto bases = known_bases();
  const auto near =
      std::find_if(bases.begin(), bases.end(), [&](auto base) { return is_one_slip_apart(name, base); });
  if (near == bases.end()) return;
  throw Error(ErrorKind::spec, fmt::format("no base is called {}", shown(name)))
      .hint(fmt::format("did you mean `base: {}`?", *near))
      .hint(fmt::format("if the image of that name is meant, write `docker.io/library/{}`", escaped(name)));
}

// The hint is for a base of ours that is misspelt by more than that.
layers::Document read_root(registry::ImageSource& source, const std::string& name) {
  try {
    return source.root();
  } catch (Error& error) {
    if (const auto near = nearest(name, known_bases()))
      error.hint(fmt::format("if no image of that name is meant: did you mean `base: {}`?", *near));
    throw;
  }
}

// `known`, if any, is what the lock has: its platforms are looked up again, for all have to be of one state.
LockedImage resolve_image(const std::string& name, std::set<layers::Platform> platforms,
                          const LockedImage* known, Origins& origins) {
  if (known != nullptr)
    for (const auto& [platform, digest] : known->manifests)
      platforms.insert(layers::Platform::parse(platform));
  return in_context([&] { return fmt::format("looking up the base image {}", name); },
                    [&] {
                      refuse_misspelt(name);
                      if (origins.options().offline)
                        throw Error(ErrorKind::not_found, "no registry is asked: --offline")
                            .hint("run `whittle lock` once without it");
                      const auto source = origins.access().source(registry::Place::parse(name));
                      const auto root = read_root(*source, name);
                      LockedImage image{root.digest, {}};
                      for (const auto& platform : platforms)
                        image.manifests.emplace(platform.text(), choose_manifest(root, platform).digest);
                      return image;
                    });
}

// The names that archives have in a lock: their suites, told apart by number where several have one.
std::vector<std::string> archive_names(const std::vector<packages::PackageArchive>& archives) {
  std::vector<std::string> names;
  for (const auto& archive : archives) {
    auto name = archive.suite;
    for (int number = 2; std::find(names.begin(), names.end(), name) != names.end(); ++number)
      name = fmt::format("{} {}", archive.suite, number);
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<packages::PackageWish> wishes_of(const std::vector<std::string>& names) {
  std::vector<packages::PackageWish> wishes;
  for (const auto& name : names) wishes.push_back(packages::PackageWish::parse(name));
  return wishes;
}

// What the solver is asked for one set of a lock: a base of ours takes some packages alone, and others with
// all that they depend on.
std::vector<packages::PackageSet> requests_for(const PackageSet& set) {
  const auto top_of = [](const packages::Base& base) {
    return base.closed.empty() ? std::string(base.name) : fmt::format("{} (closed)", base.name);
  };
  const auto* const base = packages::find_base(set.base);
  if (!set.wishes.empty())
    return {{set.name(), set.wishes, set.dependencies, base == nullptr ? "" : top_of(*base)}};
  std::vector<packages::PackageSet> requests = {{set.name(), wishes_of(base->exact), false, {}}};
  if (!base->closed.empty()) requests.push_back({top_of(*base), wishes_of(base->closed), true, set.name()});
  return requests;
}

// All sets that any architecture asks for, solved together over one state of the archives.
void resolve_packages(const Requirements& wanted, Origins& origins, Lock& lock) {
  packages::ResolveRequest request;
  request.archives = origins.archives();
  request.now = origins.options().now;
  for (const auto& name : archive_names(request.archives)) {
    const auto known = lock.archives.find(name);
    request.not_before.emplace_back(
        std::chrono::seconds(known == lock.archives.end() ? 0 : known->second.serial));
  }
  std::set<std::string> architectures;
  std::map<std::string, std::string> lock_names;  // of sets, by those of the requests
  for (const auto& [set, of_set] : wanted.packages) {
    for (auto& one : requests_for(set)) {
      lock_names.emplace(one.name, set.name());
      request.sets.push_back(std::move(one));
    }
    architectures.insert(of_set.begin(), of_set.end());
  }
  request.architectures.assign(architectures.begin(), architectures.end());
  const auto resolution = packages::resolve_packages(request, origins.packages());
  const auto names = archive_names(request.archives);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& release = resolution.releases[i];
    const auto serial =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, release.date.time_since_epoch().count()));
    lock.archives.insert_or_assign(names[i], LockedArchive{release.digest, serial});
  }
  for (const auto& set : resolution.sets) lock.sets[lock_names.at(set.name)][set.architecture].clear();
  for (const auto& set : resolution.sets) {
    auto& keys = lock.sets.at(lock_names.at(set.name)).at(set.architecture);
    for (const auto& [package, archive] : set.packages) {
      keys.push_back(lock_key(package));
      lock.packages.insert_or_assign(keys.back(), LockedPackage{package, names.at(archive)});
    }
    std::sort(keys.begin(), keys.end());
  }
}

bool lacks_packages(const Lock& lock, const Requirements& wanted) {
  for (const auto& [set, architectures] : wanted.packages) {
    const auto found = lock.sets.find(set.name());
    for (const auto& architecture : architectures)
      if (found == lock.sets.end() || !found->second.contains(architecture)) return true;
  }
  return false;
}

// The entry of a machine that has no such compiler stays: a build there will say so.
LockedCompiler compiler_for(const CompilerWish& wish, const std::optional<LockedCompiler>& locked,
                            Origins& origins) {
  auto& compilers = origins.c_compilers();
  if (!locked) return compilers.get(wish, {}).identity;
  const auto found = compilers.find(wish, locked);
  return found && found->identity != *locked ? found->identity : *locked;
}

// Packages and archives that no set leads to any more.
void drop_unused(Lock& lock) {
  std::set<std::string> packages;
  for (const auto& [name, architectures] : lock.sets)
    for (const auto& [architecture, keys] : architectures) packages.insert(keys.begin(), keys.end());
  std::erase_if(lock.packages, [&](const auto& one) { return !packages.contains(one.first); });
  std::set<std::string> archives;
  for (const auto& [key, locked] : lock.packages) archives.insert(locked.archive);
  std::erase_if(lock.archives, [&](const auto& one) { return !archives.contains(one.first); });
}

}  // namespace

Lock resolve_lock(Lock lock, const Requirements& wanted, const Renewal& renewal, Origins& origins,
                  const GoSettled& go_settled) {
  if (renewal.go || !lock.go || !satisfies(*lock.go, wanted.go) || !lock.go->toolchains.contains(wanted.host))
    lock.go = resolve_go(wanted, origins);
  if (go_settled) go_settled(*lock.go);
  for (const auto& [place, platforms] : wanted.images) {
    const auto found = lock.images.find(place);
    const bool known = found != lock.images.end() &&
                       std::all_of(platforms.begin(), platforms.end(), [&](const auto& platform) {
                         return found->second.manifests.contains(platform.text());
                       });
    if (!known || renewal.all_images || renewal.images.contains(place))
      lock.images.insert_or_assign(
          place,
          resolve_image(place, platforms, found == lock.images.end() ? nullptr : &found->second, origins));
  }
  if (renewal.packages || lacks_packages(lock, wanted)) {
    resolve_packages(wanted, origins, lock);
    drop_unused(lock);
  }
  for (const auto& [name, wish] : wanted.c_compilers) {
    const auto found = lock.c_compilers.find(name);
    const bool keeps_libc = found != lock.c_compilers.end() && !renewal.c_compilers;
    const auto locked = keeps_libc ? std::optional(found->second) : std::nullopt;
    lock.c_compilers.insert_or_assign(name, compiler_for(wish, locked, origins));
  }
  for (const auto& compression : wanted.compressions)
    lock.compressors.insert_or_assign(compressor_name(compression), compression.identity());
  return lock;
}

Lock without_superfluous(Lock lock, const Requirements& wanted) {
  std::set<std::string> sets;
  for (const auto& [set, architectures] : wanted.packages) sets.insert(set.name());
  std::erase_if(lock.sets, [&](const auto& one) { return !sets.contains(one.first); });
  std::erase_if(lock.images, [&](const auto& one) { return !wanted.images.contains(one.first); });
  std::erase_if(lock.c_compilers, [&](const auto& one) { return !wanted.c_compilers.contains(one.first); });
  std::set<std::string> compressors;
  for (const auto& compression : wanted.compressions) compressors.insert(compressor_name(compression));
  std::erase_if(lock.compressors, [&](const auto& one) { return !compressors.contains(one.first); });
  drop_unused(lock);
  return lock;
}

}  // namespace whittle::builder
