#include "evidence/cyclonedx.hpp"

#include <fmt/format.h>

namespace whittle::evidence {
namespace {

using Kind = Component::Kind;

constexpr std::string_view image_reference = "image";

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::base_image:
      return "container";
    case Kind::program:
      return "application";
    case Kind::go_module:
    case Kind::go_standard_library:
    case Kind::deb:
    case Kind::apk:
      break;
  }
  return "library";
}

void add_property(Json& component, std::string_view name, const std::string& value) {
  component["properties"].push_back({{"name", fmt::format("whittle:{}", name)}, {"value", value}});
}

Json component_json(const Component& component) {
  Json json = {
      {"type", std::string(type_of(component.kind))}, {"bom-ref", component.id()}, {"name", component.name}};
  if (!component.version.empty()) json["version"] = component.version;
  if (const auto purl = component.purl(); !purl.empty()) json["purl"] = purl;
  if (!component.licence.empty()) json["licenses"] = Json::array({{{"expression", component.licence}}});
  if (!component.supplier.empty()) json["supplier"] = {{"name", component.supplier}};
  if (!component.remark.empty()) json["description"] = component.remark;
  if (component.kind == Kind::program && component.digest)
    json["hashes"] = Json::array({{{"alg", "SHA-256"}, {"content", std::string(component.digest->hex())}}});
  if (!component.sum.empty()) add_property(json, "goModuleH1", component.sum);
  for (const auto& origin : component.origins) add_property(json, "foundIn", origin);
  return json;
}

Json image_component(const SbomSubject& subject) {
  return {{"type", "container"},
          {"bom-ref", std::string(image_reference)},
          {"name", subject.name},
          {"version", subject.manifest.digest.text()},
          {"purl", image_purl(subject)},
          {"hashes",
           Json::array({{{"alg", "SHA-256"}, {"content", std::string(subject.manifest.digest.hex())}}})}};
}

Json dependencies_of(const Catalogue& catalogue) {
  Json direct = Json::array();
  Json dependencies = Json::array();
  for (const auto& component : catalogue.components) {
    if (component.kind == Kind::go_module || component.kind == Kind::go_standard_library) continue;
    direct.push_back(component.id());
    if (component.kind != Kind::program) continue;
    Json used = component.uses;
    if (!component.made_from.empty() && !component.uses.contains(component.made_from))
      used.push_back(component.made_from);
    dependencies.push_back({{"ref", component.id()}, {"dependsOn", used}});
  }
  dependencies.push_back({{"ref", std::string(image_reference)}, {"dependsOn", direct}});
  return dependencies;
}

// A UUID (RFC 9562, version 8) of a digest.
std::string serial_number(const Digest& digest) {
  std::string hex(digest.hex().substr(0, 32));
  hex[12] = '8';
  hex[16] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace

Json cyclonedx_document(const SbomSubject& subject, const Catalogue& catalogue) {
  Json components = Json::array();
  for (const auto& component : catalogue.components) components.push_back(component_json(component));
  Json document = {
      {"bomFormat", "CycloneDX"},
      {"specVersion", "1.6"},
      {"version", 1},
      {"metadata",
       {{"timestamp", time_text(subject.epoch)},
        {"tools",
         {{"components",
           Json::array(
               {{{"type", "application"}, {"name", "whittle"}, {"version", subject.tool_version}}})}}},
        {"component", image_component(subject)}}},
      {"components", components},
      {"dependencies", dependencies_of(catalogue)}};
  document["serialNumber"] = serial_number(Digest::of(canonical(document)));
  return document;
}

}  // namespace whittle::evidence
