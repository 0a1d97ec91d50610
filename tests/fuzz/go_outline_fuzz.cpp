// The part of a Go source file that `go list` depends on.
#include "builder/go_outline.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::go_outline_input(std::string_view input) {
  const auto outline = builder::outline_of(input);
  require(outline == builder::outline_of(std::string(input)), "an outline depends on the bytes alone");
  // What counts is a beginning of the file: with another byte in front, it is another one.
  require(outline != builder::outline_of("x" + std::string(input)), "every outline has the first byte in it");
}
