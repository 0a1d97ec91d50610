// What parses and is written is read as the same, with what whittle does not know.
#include "layers/config.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::config_input(std::string_view input) {
  const auto config = parsed([&] { return layers::parse_config(input, "the input"); });
  if (!config) return;
  const auto written = layers::write_config(*config);
  const auto again = layers::parse_config(written.bytes, "what was written");
  require(layers::write_config(again).bytes == written.bytes, "a written config is read as the same");
}
