// A place in the spec.
#pragma once

#include <cstddef>
#include <string>

namespace whittle::builder {

// Where something stands in the spec, for messages: file:line:column, counted from 1. Line 0: not from a
// file.
struct Position {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string text() const;
};

}  // namespace whittle::builder
