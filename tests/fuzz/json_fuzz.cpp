// What parses has one canonical form, and that is read as the same.
#include "common/json.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::json_input(std::string_view input) {
  const auto document = parsed([&] { return parse_json(input, "the input"); });
  if (!document) return;
  const auto text = canonical(*document);
  const auto again = parse_json(text, "the canonical form");
  require(again == *document, "the canonical form means the same");
  require(canonical(again) == text, "the canonical form is canonical");
}
