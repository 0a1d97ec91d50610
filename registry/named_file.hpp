// How messages name a file: its path, escaped.
#pragma once

#include <filesystem>
#include <string>

#include "common/text.hpp"

namespace whittle::registry {

inline std::string named(const std::filesystem::path& file) {
  return escaped(file.native(), false, 4096);
}

}  // namespace whittle::registry
