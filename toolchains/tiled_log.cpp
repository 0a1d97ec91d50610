#include "toolchains/tiled_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "common/error.hpp"

namespace whittle::toolchains {
namespace {

constexpr unsigned tile_height = 8;
constexpr std::uint64_t tile_width = 1U << tile_height;
constexpr std::size_t hash_size = std::tuple_size_v<Sha256>;

[[noreturn]] void contradiction(const Tile& tile) {
  throw Error(ErrorKind::unverified, fmt::format("the log's {} contradicts the signed tree", tile.path()));
}

// The root of a complete tree over the hashes of a tile or of a part of it; their number is a power of two.
Sha256 root_of(std::string_view hashes) {
  if (hashes.size() == hash_size) {
    Sha256 hash;
    std::copy_n(as_bytes(hashes).begin(), hash_size, hash.begin());
    return hash;
  }
  const auto half = hashes.size() / 2;
  return node_hash(root_of(hashes.substr(0, half)), root_of(hashes.substr(half)));
}

// The complete subtrees that a tree of `size` records is made of, from the right to the left: work(height,
// index).
template <class Work>
void for_each_subtree(std::uint64_t size, const Work& work) {
  for (std::uint64_t left = size; left != 0; left &= left - 1) {
    const auto height = static_cast<unsigned>(std::countr_zero(left));
    work(height, (left >> height) - 1);
  }
}

}  // namespace

Sha256 record_hash(std::string_view record) {
  Hasher hasher;
  hasher.write(std::string_view("\0", 1));
  hasher.write(record);
  return to_sha256(hasher.finish());
}

Sha256 node_hash(const Sha256& left, const Sha256& right) {
  Hasher hasher;
  hasher.write(std::string_view("\1", 1));
  hasher.write(Bytes(left));
  hasher.write(Bytes(right));
  return to_sha256(hasher.finish());
}

Sha256 empty_tree_hash() {
  return to_sha256(Digest::of(std::string_view()));
}

std::string Tile::path() const {
  auto number = fmt::format("{:03}", index % 1000);
  for (auto rest = index / 1000; rest > 0; rest /= 1000)
    number.insert(0, fmt::format("x{:03}/", rest % 1000));
  return fmt::format("tile/{}/{}/{}{}", tile_height, level, number,
                     width == tile_width ? std::string() : fmt::format(".p/{}", width));
}

TiledLog::TiledLog(const TreeHead& head, ReadTile read) : head_(head), read_(std::move(read)) {
  // What does not fill a tile is at the right edge of each level, and the complete subtrees that make up the
  // tree lie there and nowhere else.
  for (unsigned level = 0; level * tile_height < 64; ++level) {
    const auto hashes = head_.size >> (level * tile_height);
    if (const auto width = hashes % tile_width; width != 0)
      tiles_[{level, hashes / tile_width}] = fetch({level, hashes / tile_width, width});
  }
  if (hash_at(head_.size) != head_.hash)
    throw Error(ErrorKind::unverified,
                fmt::format("the log's tiles contradict the signed tree of {} records", head_.size));
}

Sha256 TiledLog::hash_at(std::uint64_t size) {
  if (size > head_.size) throw Error(ErrorKind::internal, "a log was asked for a state to come");
  std::optional<Sha256> hash;
  for_each_subtree(size, [&](unsigned height, std::uint64_t index) {
    const auto left = subtree(height, index);
    hash = hash ? node_hash(left, *hash) : left;
  });
  return hash.value_or(empty_tree_hash());
}

Sha256 TiledLog::subtree(unsigned height, std::uint64_t index) {
  if (index >= head_.size >> height)
    throw Error(ErrorKind::internal, "a log was asked for a record that it has not");
  const auto level = height / tile_height;
  const auto count = std::uint64_t{1} << (height % tile_height);
  const auto first = index * count;
  const auto& hashes = tile(level, first / tile_width);
  return root_of(std::string_view(hashes).substr(first % tile_width * hash_size, count * hash_size));
}

// Unfilled tiles are all there since the construction; a filled one is a hash of the tile above it.
const std::string& TiledLog::tile(unsigned level, std::uint64_t index) {
  const auto known = tiles_.find({level, index});
  if (known != tiles_.end()) return known->second;
  const auto expected = subtree((level + 1) * tile_height, index);
  const Tile wanted{level, index, tile_width};
  auto bytes = fetch(wanted);
  if (root_of(bytes) != expected) contradiction(wanted);
  return tiles_[{level, index}] = std::move(bytes);
}

std::string TiledLog::fetch(const Tile& tile) {
  auto bytes = read_(tile);
  if (bytes.size() != tile.width * hash_size) contradiction(tile);
  return bytes;
}

}  // namespace whittle::toolchains
