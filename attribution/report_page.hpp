// The tree of an image as one page: a map of its bytes to look around in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attribution/node.hpp"

namespace whittle::attribution {

// One of those to choose from.
struct PagePlatform {
  std::string name;
  const std::vector<Node>& tree;               // borrowed
  const std::vector<Node>* against = nullptr;  // borrowed: the other image for it, when there is one
};

struct Page {
  std::string place;  // as the user wrote it
  std::vector<PagePlatform> platforms;
  std::optional<std::string> against = {};  // another place; then each platform has its tree from there
};

// The page needs no network and allows itself none (its content security policy). Names are inert text
// (hostile 272). It begins with the first platform. With `against` each part has its difference in compressed
// bytes to the part of the same name there.
std::string page_of(const Page& page);

}  // namespace whittle::attribution
