// What a blind linker prints, and the source that it is made of.
#include "optimizer/blind_linker.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::linker_marks_input(std::string_view input) {
  using namespace whittle::optimizer;
  const auto names = parse_marks(input);
  require(std::is_sorted(names.begin(), names.end()), "names are sorted");
  require(std::adjacent_find(names.begin(), names.end()) == names.end(), "each comes once");
  for (const auto& name : names)
    require(input.find(name) != std::string_view::npos, "a name stands in the text");
  if (const auto source = blinded(std::string(input)))
    require(!blinded(*source), "what was made blind is not made so again");
}
