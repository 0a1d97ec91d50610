// The tree of an image as one page: a map of its bytes to look around in.
#pragma once

#include <string>
#include <vector>

#include "attribution/node.hpp"

namespace whittle::attribution {

// An image for one platform.
struct PageImage {
  std::string place;  // as the user wrote it
  std::string platform;
  const std::vector<Node>& tree;  // borrowed
};

// The page needs no network and allows itself none (its content security policy). Names are inert text
// (hostile 272). With `against` each part has its difference in compressed bytes to the part of the same name
// there.
std::string page_of(const PageImage& image, const PageImage* against = nullptr);

}  // namespace whittle::attribution
