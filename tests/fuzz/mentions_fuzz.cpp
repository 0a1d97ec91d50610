// Mentions lie in the text, in order; with something else in their place the text says what it said, but for
// that.
#include <vector>

#include "common/yaml_events.hpp"
#include "deploying/manifest_text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

constexpr std::string_view reference =
    "localhost:5000/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// The types of all events and the texts of all scalars; nothing for what is no YAML.
std::optional<std::vector<std::pair<YamlEvent::Type, std::string>>> events_of(std::string_view text) {
  return parsed([&] {
    std::vector<std::pair<YamlEvent::Type, std::string>> all;
    YamlEvents events(text, "input.yaml");
    for (auto event = events.next(); event.type != YamlEvent::Type::end; event = events.next()) {
      require(event.begin <= event.end && event.end <= text.size(), "every event lies in the text");
      all.emplace_back(event.type, event.text);
    }
    return all;
  });
}

}  // namespace

void mentions_input(std::string_view input) {
  const auto manifest = parsed([&] { return deploying::ManifestText(std::string(input), "input.yaml"); });
  if (!manifest) return;
  std::size_t done = 0;
  for (const auto& mention : manifest->mentions()) {
    require(mention.begin >= done && mention.end > mention.begin && mention.end <= input.size(),
            "mentions are in order");
    require(!mention.name.empty() && !manifest->where(mention).empty(), "each has a name and a place");
    done = mention.end;
  }
  const auto same = manifest->resolved([](const deploying::Mention&) { return std::string(reference); });
  if (manifest->mentions().empty()) return require(same == input, "what names nothing stays");
  const auto before = events_of(input);
  if (!before) return;  // a template
  const auto after = events_of(same);
  require(after && after->size() == before->size(), "it stays YAML of the same shape");
  for (std::size_t i = 0; i < before->size(); ++i) {
    const auto& [type, text] = (*before)[i];
    require((*after)[i].first == type, "of the same shape");
    std::string wanted = text;
    std::size_t shift = 0;
    for (const auto& mention : deploying::mentions_in(text)) {
      const auto with = mention.replacement(reference);
      wanted.replace(mention.begin + shift, mention.end - mention.begin, with);
      shift += with.size() - (mention.end - mention.begin);
    }
    require((*after)[i].second == wanted, "each scalar says what it said, with the images in their place");
  }
}

}  // namespace whittle::fuzz
