// The Release file of a suite (Debian's DebianRepository/Format, "Release files"): which indexes there are,
// by digest.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sha256.hpp"

namespace whittle::packages {

struct ReleaseEntry {
  std::uint64_t size = 0;  // bytes
  Sha256 digest = {};
};

// A value.
struct ReleaseFile {
  std::string origin = {};
  std::string suite = {};
  std::string codename = {};
  std::chrono::sys_seconds date = {};
  std::optional<std::chrono::sys_seconds> valid_until = {};
  bool by_hash = false;  // indexes can be had under their digest as well
  bool all_apart =
      false;  // packages for every architecture have an index of their own, and stand in no other
  std::vector<std::string> components = {};
  std::map<std::string, ReleaseEntry, std::less<>> files = {};  // by path below dists/SUITE/

  // Nothing when the release does not name the file.
  const ReleaseEntry* find(std::string_view path) const;
};

// Error(integrity) "WHAT:LINE: …" for what is malformed; Error(unverified) when there are no digests but
// weaker ones than SHA-256; Error(limit) above `release_entry_limit` files.
ReleaseFile parse_release(std::string_view text, const std::string& what);
inline constexpr std::size_t release_entry_limit = 100'000;

// Error(unverified) when the release is of another suite than was asked for, from the future, or, if that is
// to be checked, no longer valid.
void check_release(const ReleaseFile& release, std::string_view asked, std::chrono::sys_seconds now,
                   bool check_expiry, const std::string& what);

// Error(unverified) when the release is older than one that was used before: somebody's replay (hostile 257).
void check_age(const ReleaseFile& release, std::chrono::sys_seconds not_before, const std::string& what);

// "Wed, 25 Nov 2026 22:33:12 UTC"; the zone may also be GMT, Z or +0000. Nothing for anything else.
std::optional<std::chrono::sys_seconds> parse_release_date(std::string_view text);

}  // namespace whittle::packages
