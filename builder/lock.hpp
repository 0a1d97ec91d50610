// whittle.lock: everything a build takes from outside, each thing by its bytes (docs/formats.md). A value;
// nothing here touches a network.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::builder {

struct LockedGo {
  std::string version;                            // "1.26.8"
  std::map<std::string, std::string> toolchains;  // by the platform they run on ("linux/amd64"): "h1:…" of
                                                  // the toolchain's module, as go.sum would have it
  bool operator==(const LockedGo&) const = default;
};

// An image in a registry, by what its name meant when it was locked.
struct LockedImage {
  Digest root;                              // of the index, or of the only manifest
  std::map<std::string, Digest> manifests;  // by the platform that is built for: "linux/arm64/v8"
  bool operator==(const LockedImage&) const = default;
};

// The signed index of one suite of a package archive.
struct LockedArchive {
  Digest release;            // of its InRelease
  std::uint64_t serial = 0;  // seconds of its Date: an older index is not put in place of a newer one
  bool operator==(const LockedArchive&) const = default;
};

struct LockedPackage {
  packages::PinnedPackage package;
  std::string archive;  // the suite in `archives` that listed it
  bool operator==(const LockedPackage& other) const;
};

// The C compiler for `cgo`, with the C library that it links.
struct LockedCompiler {
  std::string libc;  // "musl" or "glibc"
  std::string library =
      {};  // its package on the machine that wrote the lock, "musl-dev 1.2.3-1"; "" where nobody knows
  std::string version;  // the compiler's first line about itself
  Digest digest;        // of what makes bytes (c_compiler.hpp)

  std::string text() const;  // "gcc (Debian …) 12.2.0 with musl-dev 1.2.3-1"
  // The bytes count, not what they are called.
  bool operator==(const LockedCompiler& other) const { return libc == other.libc && digest == other.digest; }
};

struct Lock {
  std::optional<LockedGo> go = {};
  std::map<std::string, LockedImage> images = {};      // by the place as the spec writes it
  std::map<std::string, LockedArchive> archives = {};  // by suite
  std::map<std::string, LockedPackage> packages = {};  // by NAME_VERSION_ARCHITECTURE
  // What was asked for (PackageSet::name()), for each architecture: keys of `packages`.
  std::map<std::string, std::map<std::string, std::vector<std::string>>> sets = {};
  std::map<std::string, LockedCompiler> c_compilers = {};  // by CompilerWish::name()
  std::map<std::string, std::string> compressors = {};     // by format: what makes the compressed bytes
  bool operator==(const Lock&) const = default;
};

// The key of a package in a lock.
std::string lock_key(const packages::PinnedPackage& package);

// Error(spec) names the entry that is wrong: doubled, unknown or missing keys, conflict markers, a set that
// names a package which is not there, a later version. Error(spec_limit) beyond 8 MiB. `name` stands for the
// file (hostile 254).
Lock parse_lock(std::string_view text, std::string_view name);
Json to_json(const Lock& lock);
// The same as text: sorted, one thing on a line, so that changes on two branches merge.
std::string lock_text(const Lock& lock);

// The lock in a file; nothing when there is no such file.
std::optional<Lock> read_lock(const std::filesystem::path& file);

// What things weigh whose sizes a lock does not have, where it is known: bytes as they are fetched.
struct LockSizes {
  std::map<std::string, std::uint64_t> images = {};      // by place
  std::map<std::string, std::uint64_t> toolchains = {};  // by the platform they run on
};

// Lines that say what is different in `after`, for people: "tzdata 2024a-0+deb12u1 → 2024b-0+deb12u1 (302
// kB)". `sizes` are those of what `after` has.
std::vector<std::string> differences(const Lock& before, const Lock& after, const LockSizes& sizes = {});

}  // namespace whittle::builder
