// Where bytes go: a tree whose parts add up, at every level, both unpacked and compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::attribution {

// Bytes of the tar, and of the blob that it was decoded from.
struct Size {
  std::uint64_t raw = 0;
  std::uint64_t compressed = 0;
  Size& operator+=(const Size& other) {
    raw += other.raw;
    compressed += other.compressed;
    return *this;
  }
  bool operator==(const Size&) const = default;
};

struct Node {
  enum class Kind : std::uint8_t {
    layer,
    file,      // with its tar header and padding
    section,   // of an ELF file, or its headers
    module,    // of Go, with its version; or Go's own library
    package,   // import path
    function,  // of that package; with its methods and closures
    data,      // a variable or constant, by its symbol
    part,      // what has no better name: "tar header", "end of the archive", "padding"
    smaller,   // several that are too small to be told apart
    unattributed,
  };
  std::string name = {};  // as it came from outside
  Kind kind = Kind::part;
  Size size = {};
  // Largest first, or empty; else their sizes add up to `size`.
  std::vector<Node> children = {};
};
std::string_view name_of(Node::Kind kind);

// Its name for people, not escaped: of a file its absolute path.
std::string shown_name(Node::Kind kind, const std::string& name);

// Sorts children at every level: the most compressed bytes first, then by bytes and name.
void sort_by_size(std::vector<Node>& nodes);

// Of all nodes below these, which stay, about the `most` largest are kept; the others of one parent become
// one "N smaller", or nothing where all of them are small. Equal trees become equal trees.
void keep_largest(std::vector<Node>& nodes, std::size_t most);

}  // namespace whittle::attribution
