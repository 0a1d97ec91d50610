// A catalogue as text, for caches.
#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/json.hpp"
#include "evidence/catalogue.hpp"
#include "layers/json_fields.hpp"

namespace whittle::evidence {
namespace {

using Kind = Component::Kind;

constexpr std::array kinds = {Kind::base_image,          Kind::program, Kind::go_module,
                              Kind::go_standard_library, Kind::deb,     Kind::apk};

// The fields that are texts, each with its name.
constexpr std::array text_fields = {std::pair{"name", &Component::name},
                                    std::pair{"version", &Component::version},
                                    std::pair{"architecture", &Component::architecture},
                                    std::pair{"distribution", &Component::distribution},
                                    std::pair{"source", &Component::source},
                                    std::pair{"sourceVersion", &Component::source_version},
                                    std::pair{"sum", &Component::sum},
                                    std::pair{"licence", &Component::licence},
                                    std::pair{"supplier", &Component::supplier},
                                    std::pair{"remark", &Component::remark},
                                    std::pair{"madeFrom", &Component::made_from}};

Json json_of(const Component& component) {
  Json json = {{"kind", std::string(name_of(component.kind))},
               {"uses", component.uses},
               {"origins", component.origins}};
  for (const auto& [name, field] : text_fields)
    if (!(component.*field).empty()) json[name] = component.*field;
  if (component.digest) json["digest"] = component.digest->text();
  return json;
}

Component component_of(const Json& json) {
  const layers::JsonFields fields(json, "a component");
  Component component;
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [name = fields.text("kind")](Kind one) { return name_of(one) == name; });
  if (kind == kinds.end()) throw Error(ErrorKind::integrity, "a component is of no known kind");
  component.kind = *kind;
  for (const auto& [name, field] : text_fields) component.*field = fields.text(name);
  if (const auto digest = fields.text("digest"); !digest.empty()) component.digest = Digest::parse(digest);
  for (auto& used : fields.texts("uses")) component.uses.insert(std::move(used));
  for (auto& origin : fields.texts("origins")) component.origins.insert(std::move(origin));
  return component;
}

}  // namespace

std::string to_text(const Catalogue& catalogue) {
  Json components = Json::array();
  for (const auto& component : catalogue.components) components.push_back(json_of(component));
  return canonical({{"components", components}, {"warnings", catalogue.warnings}});
}

std::optional<Catalogue> catalogue_from_text(std::string_view text) {
  try {
    const Json json = parse_json(text, "a catalogue", ErrorKind::integrity, {256U << 20U, 8});
    const layers::JsonFields fields(json, "a catalogue");
    Catalogue catalogue;
    for (const auto& component : fields.required_array("components"))
      catalogue.components.push_back(component_of(component));
    catalogue.warnings = fields.texts("warnings");
    return catalogue;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace whittle::evidence
