// An ELF file, told apart to its last byte.
#include "attribution/program_tree.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using whittle::attribution::Node;
using whittle::attribution::Size;

Size checked(const std::vector<Node>& nodes) {
  Size sum;
  for (const auto& node : nodes) {
    if (!node.children.empty())
      whittle::fuzz::require(checked(node.children) == node.size, "the parts of a node are the whole");
    sum += node.size;
  }
  return sum;
}

}  // namespace

void whittle::fuzz::program_tree_input(std::string_view input) {
  if (input.empty()) return;
  const binaries::MemoryAccess file{std::string(input)};
  // As a stream gives them: rising, at uneven distances.
  layers::CompressedPositions positions(80);
  std::uint64_t bits = 80;
  for (std::uint64_t at = 512; at < input.size(); at += 512)
    positions.add(at, bits += static_cast<unsigned char>(input[at]) * 8U);
  positions.add(input.size(), bits += 77);
  const Size whole{input.size(), bits / 8 - 10};
  for (const std::size_t most : {1'000U, 3U}) {
    const auto nodes = attribution::tree_of_elf(file, positions, most);
    require(nodes.empty() || checked(nodes) == whole, "every byte is there once");
  }
}
