// Edits of a whittle.yaml: what comes of one is a spec with just that value, or nothing comes of it.
#include "builder/spec.hpp"
#include "common/error.hpp"
#include "optimizer/spec_edit.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace whittle;

std::optional<builder::Spec> spec_of(std::string_view text) {
  try {
    return builder::parse_spec(text, "whittle.yaml");
  } catch (const Error& error) {
    fuzz::require_showable(error);
    return std::nullopt;
  }
}

std::optional<std::string> edited(std::string_view text, const optimizer::SpecEdit& edit) {
  try {
    return optimizer::with_edits(std::string(text), "whittle.yaml", {edit});
  } catch (const Error& error) {
    fuzz::require_showable(error);
    return std::nullopt;
  }
}

void require_others_as_before(const builder::Spec& before, const builder::Spec& after) {
  fuzz::require(before.images.size() == after.images.size(), "no image came or went");
  for (std::size_t i = 1; i < before.images.size(); ++i) {
    fuzz::require(before.images[i].name == after.images[i].name, "images keep their names");
    fuzz::require(before.images[i].compression == after.images[i].compression,
                  "other images keep their compression");
    fuzz::require(before.images[i].binaries.front().profile == after.images[i].binaries.front().profile,
                  "other images keep their profile");
  }
}

}  // namespace

void whittle::fuzz::spec_edit_input(std::string_view input) {
  const auto spec = spec_of(input);
  if (!spec) return;
  const auto& name = spec->images.front().name;
  if (const auto text = edited(input, {name, 0, "profile", "debug", {}, {}})) {
    const auto after = spec_of(*text);
    require(after.has_value(), "an edited spec is one");
    require(after->images.front().binaries.front().profile == builder::Profile::debug, "the value is there");
    require_others_as_before(*spec, *after);
  }
  const bool compresses = spec->images.front().compression.format != layers::Compression::Format::none;
  if (!compresses) return;
  if (const auto text =
          edited(input, {name, {}, "compression", "{format: gzip, level: smallest}", "level", "smallest"})) {
    const auto after = spec_of(*text);
    require(after.has_value(), "an edited spec is one");
    require(after->images.front().compression.level == layers::Compression::Level::smallest,
            "the level is there");
    require_others_as_before(*spec, *after);
  }
}
