// The text of a place is that place.
#include "registry/place.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::place_input(std::string_view input) {
  using registry::Place;
  const auto place = parsed([&] { return Place::parse(input); });
  if (!place) return;
  const auto again = Place::parse(place->text());
  require(again.kind == place->kind && again.folder == place->folder && again.file == place->file &&
              again.name == place->name && again.tag == place->tag,
          "the text of a place is that place");
  require(again.text() == place->text(), "a place has one text");
}
