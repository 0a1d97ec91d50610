// How a manifest names an image that is still to be built: `whittle://NAME`, an image of the spec, or
// `ko://IMPORTPATH`, a main package. Behind either `#repository` or `#digest` asks for that part alone, for
// formats that have the parts apart.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::deploying {

struct Mention {
  enum class Scheme { whittle, ko };
  enum class Part { reference, repository, digest };
  Scheme scheme = Scheme::whittle;
  std::string name = {};  // foreign text: "api", "example.com/shop/cmd/api"
  Part part = Part::reference;
  std::size_t begin = 0;  // bytes of the text it was found in
  std::size_t end = 0;

  // The two name the same; where does not count.
  bool same(const Mention& other) const {
    return scheme == other.scheme && name == other.name && part == other.part;
  }
  // Scheme and name: what is to be built.
  std::string image() const { return (scheme == Scheme::whittle ? "whittle://" : "ko://") + name; }
  // What stands in its place, of "registry/repository@sha256:…".
  std::string replacement(std::string_view reference) const;
};

// Whether there may be a mention; a text in which there is none needs no reading.
bool may_have_mentions(std::string_view text);

struct MentionRules {
  bool escapes =
      false;  // a letter behind a backslash belongs to no word (quoted scalars as they are written)
};
// All mentions, in their order. What only looks like one in running text, such as a scheme without a name, is
// left alone. Throws BadMention for what is meant as one and cannot be.
std::vector<Mention> mentions_in(std::string_view text, const MentionRules& rules = {});

struct BadMention {
  std::size_t offset;
  std::string why;
};

}  // namespace whittle::deploying
