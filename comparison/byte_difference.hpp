// How far two contents are from each other, counted while they pass or read by position.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "binaries/random_access.hpp"
#include "common/bytes.hpp"

namespace whittle::comparison {

struct ByteDifference {
  std::optional<std::uint64_t> first =
      {};                       // offset of the first byte that differs, or of the end of the shorter one
  std::uint64_t differing = 0;  // bytes, of those that both have
  std::uint64_t size_a = 0;
  std::uint64_t size_b = 0;

  bool equal() const { return !first; }
  // The next bytes of both: as many of each, but at the end.
  void add(Bytes a, Bytes b);
  // "the first difference is at byte 17 of 4096; differing: 3 bytes".
  std::string text() const;
};

ByteDifference compare_bytes(const binaries::RandomAccess& a, const binaries::RandomAccess& b);

}  // namespace whittle::comparison
