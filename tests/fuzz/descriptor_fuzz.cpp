// What parses and is written is read as the same.
#include "layers/descriptor.hpp"

#include "common/json.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::descriptor_input(std::string_view input) {
  const auto read = [](std::string_view text) {
    return layers::parse_descriptor(parse_json(text, "the input"), "the input");
  };
  const auto descriptor = parsed([&] { return read(input); });
  if (!descriptor) return;
  const auto text = canonical(layers::to_json(*descriptor));
  require(canonical(layers::to_json(read(text))) == text, "a written descriptor is read as the same");
}
