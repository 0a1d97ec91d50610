// Paths of files in an image: bytes, relative, with `/` between names; "" is the root.
#pragma once

#include <string_view>

namespace whittle::layers {

// What the file is in: "usr/bin" of "usr/bin/api"; "" of one in the root, and of the root.
inline std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}
// Its last name.
inline std::string_view name_of_path(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace whittle::layers
