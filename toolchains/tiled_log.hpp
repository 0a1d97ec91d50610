// A transparency log read by tiles: what it says of a record or of an older state is believed when it follows
// from the hash of its tree (RFC 6962, section 2.1; the tiles are those of golang.org/x/mod/sumdb/tlog, of
// height 8).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "common/sha256.hpp"

namespace whittle::toolchains {

struct TreeHead {
  std::uint64_t size = 0;  // in records
  Sha256 hash{};
};

Sha256 record_hash(std::string_view record);
Sha256 node_hash(const Sha256& left, const Sha256& right);
Sha256 empty_tree_hash();

// The hashes of up to 256 neighbouring complete subtrees of 256^level records each.
struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;    // among the tiles of its level
  std::uint64_t width = 256;  // in hashes

  std::string path() const;  // "tile/8/0/x066/332.p/14"
};

// Gives the bytes of a tile. What it gives is not trusted.
using ReadTile = std::function<std::string(const Tile&)>;

// One state of a log. Every hash it gives was derived from, or checked against, the hash of the whole tree.
// One thread per instance.
class TiledLog {
 public:
  // Checks the unfilled tiles, of which the tree's hash is made. Error(unverified) when they contradict it.
  TiledLog(const TreeHead& head, ReadTile read);

  // The hash of the record with that number, which must be in the tree. Error(unverified) when tiles
  // contradict each other.
  Sha256 record(std::uint64_t number) { return subtree(0, number); }
  // The hash that the tree had when it held `size` records; not more than now.
  Sha256 hash_at(std::uint64_t size);

 private:
  Sha256 subtree(unsigned height, std::uint64_t index);
  const std::string& tile(unsigned level, std::uint64_t index);
  std::string fetch(const Tile& tile);

  TreeHead head_;
  ReadTile read_;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles_;  // verified, by level and index
};

}  // namespace whittle::toolchains
