// Two contents whose bytes differ, by what they are: programs by section and function, archives by member,
// what is compressed by what it holds, JSON by key, text by line, package databases by package; else bytes.
#pragma once

#include <cstdint>

#include "binaries/random_access.hpp"
#include "comparison/byte_difference.hpp"
#include "comparison/finding.hpp"
#include "comparison/scratch.hpp"

namespace whittle::comparison {

enum class ContentKind { elf, gzip, zstd, tar, zip, ar, text, other };
// By the first bytes.
ContentKind kind_of(Bytes start);
// Whether compare_contents() would look at more than the bytes: then they are worth being kept.
bool can_look_inside(Bytes start_a, std::uint64_t size_a, Bytes start_b, std::uint64_t size_b);

// Borrows all. What is unpacked waits at the end of the scratches and is forgotten afterwards. Errors of what
// lies inside (a broken archive in a file) do not leave: then the bytes count. One thread per instance.
class ContentComparison {
 public:
  static constexpr unsigned deepest = 8;                       // containers in containers
  static constexpr std::uint64_t most_unpacked = 4ULL << 30U;  // bytes of one container
  static constexpr std::uint64_t longest_text = 4ULL << 20U;   // bytes; beyond, text is bytes
  static constexpr std::uint64_t most_members = 100'000;       // of an archive

  ContentComparison(Scratch& a, Scratch& b, Findings& findings)
      : scratch_a_(a), scratch_b_(b), findings_(findings) {}

  // Adds nothing for contents that are equal.
  void compare(const binaries::RandomAccess& a, const binaries::RandomAccess& b, const Where& where);
  // The same for contents of which the difference in bytes is known already.
  void compare(const binaries::RandomAccess& a, const binaries::RandomAccess& b,
               const ByteDifference& difference, const Where& where);

 private:
  using Access = binaries::RandomAccess;
  bool look_inside(const Access& a, const Access& b, const Where& where);
  bool compare_texts(const Access& a, const Access& b, const Where& where);
  void compare_compressed(const Access& a, const Access& b, const Where& where);
  void compare_archives(const Access& a, const Access& b, ContentKind kind, const Where& where);

  Scratch& scratch_a_;
  Scratch& scratch_b_;
  Findings& findings_;
  unsigned depth_ = 0;
};

}  // namespace whittle::comparison
