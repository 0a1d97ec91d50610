// Lines of traces.
#include "optimizer/trace_line.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::trace_input(std::string_view input) {
  using namespace whittle::optimizer;
  while (!input.empty()) {
    const auto end = std::min(input.find('\n'), input.size() - 1);
    const auto line = input.substr(0, end + 1);
    input.remove_prefix(end + 1);
    static_cast<void>(parse_signal_line(line));
    if (const auto function = parse_function_line(line)) {
      require(!function->name.empty(), "a function has a name");
      require(line.find(function->name) != std::string_view::npos, "that stands in the line");
    }
    if (const auto place = parse_place_line(line))
      require(line.substr(place->at, unknown_place.size()) == unknown_place,
              "a place is where it is said to be");
  }
}
