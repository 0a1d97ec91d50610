// Which layer of one image belongs to which of another.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace whittle::comparison {

struct LayerPair {
  std::optional<std::size_t> a;  // from 0; nothing: the other image alone has it
  std::optional<std::size_t> b;
  bool equal = false;  // by digest
};

// What a layer is known by: the digest of its blob, and that of its tar.
struct LayerIdentity {
  std::string digest;
  std::string diff_id;
};

// Layers of equal digest or diffID are pairs, as many of them as keep the order (a longest common
// subsequence), so that an inserted layer is one; those between two such pairs are paired in their order. The
// pairs are in the order of both images. Of more than 1,000 layers only those at the start and the end that
// are equal count.
std::vector<LayerPair> align_layers(const std::vector<LayerIdentity>& a, const std::vector<LayerIdentity>& b);

}  // namespace whittle::comparison
