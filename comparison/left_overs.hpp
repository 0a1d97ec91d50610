// Entries that wait for their partner, or have none: their headers lie in a scratch of their own, and memory
// holds a few words of each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/digest.hpp"
#include "comparison/scratch.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::comparison {

struct LeftOver {
  std::size_t layer = 0;  // of the image, from 0
  layers::TarEntry entry;
  std::optional<Digest> digest = {};  // of a file's bytes
  Kept content = {};                  // in a scratch that outlives this
};

// By path. One thread. Error(io) for a full disk.
class LeftOvers {
 public:
  static constexpr std::uint64_t most = 1'000'000;

  explicit LeftOvers(std::filesystem::path folder) : records_(std::move(folder)) {}

  // Returns the one of the same path that it takes the place of. Error(limit) beyond `most`, naming `what`.
  std::optional<LeftOver> put(const LeftOver& entry, std::string_view what);
  // The one of that path, which is forgotten.
  std::optional<LeftOver> take(std::string_view path);
  bool empty() const { return places_.empty(); }
  // Gives away those that are left, in the order they came.
  void drain(const std::function<void(LeftOver)>& visit);

 private:
  struct Place {
    std::uint64_t offset = 0;
    const Scratch* content = nullptr;
  };
  LeftOver read(const Place& place) const;
  std::string bytes_at(std::uint64_t offset, std::size_t size) const;

  Scratch records_;
  std::string tail_;                                      // records that are not written yet
  std::unordered_multimap<std::uint64_t, Place> places_;  // by the hash of their path
};

}  // namespace whittle::comparison
