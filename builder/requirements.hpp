// What a spec takes from outside, and what of that a lock does not say.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "builder/c_compiler.hpp"
#include "builder/go_project.hpp"
#include "builder/lock.hpp"
#include "builder/spec.hpp"
#include "layers/compression.hpp"
#include "layers/platform.hpp"
#include "packages/package_wish.hpp"
#include "toolchains/toolchain_choice.hpp"

namespace whittle::builder {

// Packages that are chosen together. A value.
struct PackageSet {
  std::string base = {};                           // the base of ours below them; "" where there is none
  std::vector<packages::PackageWish> wishes = {};  // none: the base itself
  bool dependencies = true;
  auto operator<=>(const PackageSet&) const = default;

  // Its key in a lock: "static", "static + curl git", "curl (alone)".
  std::string name() const;
};

struct Requirements {
  toolchains::VersionWish go = {};
  std::string host = {};  // the platform Go is to run on
  std::map<std::string, std::set<layers::Platform>> images =
      {};  // by place as written; those with a digest need no lock
  std::map<PackageSet, std::set<std::string>> packages = {};  // Debian's architectures of each set
  std::map<std::string, CompilerWish> c_compilers = {};       // by name()
  std::set<layers::Compression> compressions = {};
};

// `mains` are those of the spec's binaries; `platforms` for each image, in the spec's order.
Requirements requirements_of(const Spec& spec, const std::vector<std::vector<layers::Platform>>& platforms,
                             const std::vector<GoMain>& mains, const layers::Platform& host);

// The key of a way of compressing in a lock: "gzip balanced".
std::string compressor_name(const layers::Compression& compression);

// packages::debian_architecture(); Error(unsupported) when Debian has none.
std::string debian_word(const layers::Platform& platform);

// The sets that an image's base and packages come from, the lower one first.
std::vector<PackageSet> package_sets_of(const ImageSpec& image);

// Lines that say what the lock lacks or has otherwise than it is wanted; none when a build can go by it.
std::vector<std::string> lacking(const Lock& lock, const Requirements& requirements);
// Lines for the C compilers of the lock in whose place this machine has another; none for those it has none
// of.
std::vector<std::string> other_compilers(const Lock& lock, const Requirements& requirements,
                                         CCompilers& compilers);
// What of the lock nothing asks for.
std::vector<std::string> superfluous(const Lock& lock, const Requirements& requirements);

// Whether the Go of a lock will do.
bool satisfies(const LockedGo& go, const toolchains::VersionWish& wish);

}  // namespace whittle::builder
