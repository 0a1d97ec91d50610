#include "evidence/spdx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "evidence/licence.hpp"

namespace whittle::evidence {
namespace {

using Kind = Component::Kind;

constexpr std::string_view document_id = "SPDXRef-DOCUMENT";
constexpr std::string_view image_id = "SPDXRef-image";
constexpr std::string_view unknown = "NOASSERTION";
constexpr std::size_t most_origins = 20;  // named of one component

std::string id_of(const std::string& id) {
  return "SPDXRef-" + id;
}

// The fields that every package has to have, or that readers miss where they are left out.
Json package(std::string_view id, const std::string& name) {
  return {{"SPDXID", std::string(id)},
          {"name", name},
          {"downloadLocation", std::string(unknown)},
          {"filesAnalyzed", false},
          {"licenseConcluded", std::string(unknown)},
          {"licenseDeclared", std::string(unknown)},
          {"copyrightText", std::string(unknown)},
          {"externalRefs", Json::array()}};
}

void add_reference(Json& package, std::string_view category, std::string_view type,
                   const std::string& locator) {
  package["externalRefs"].push_back({{"referenceCategory", std::string(category)},
                                     {"referenceType", std::string(type)},
                                     {"referenceLocator", locator}});
}

void add_sha256(Json& package, const Digest& digest) {
  package["checksums"] =
      Json::array({{{"algorithm", "SHA256"}, {"checksumValue", std::string(digest.hex())}}});
}

Json image_package(const SbomSubject& subject) {
  Json json = package(image_id, subject.name);
  json["versionInfo"] = subject.manifest.digest.text();
  json["primaryPackagePurpose"] = "CONTAINER";
  add_sha256(json, subject.manifest.digest);
  add_reference(json, "PACKAGE-MANAGER", "purl", image_purl(subject));
  return json;
}

// "NAME <ADDRESS>" is "Organization: NAME (ADDRESS)" here (SPDX 2.3, 7.5): who maintains a package is seldom
// one person.
std::string supplier_text(const std::string& maintainer) {
  const auto open = maintainer.rfind('<');
  const auto close = maintainer.rfind('>');
  if (open == std::string::npos || close == std::string::npos || close < open)
    return "Organization: " + maintainer;
  auto name = maintainer.substr(0, open);
  while (name.ends_with(' ')) name.pop_back();
  return fmt::format("Organization: {} ({})", name, maintainer.substr(open + 1, close - open - 1));
}

std::string origins_text(const Component& component) {
  std::vector<std::string> first(
      component.origins.begin(),
      std::next(component.origins.begin(),
                static_cast<std::ptrdiff_t>(std::min(component.origins.size(), most_origins))));
  const auto rest = component.origins.size() - first.size();
  return fmt::format("found in {}{}", fmt::join(first, ", "),
                     rest == 0 ? std::string() : fmt::format(" and {} more", rest));
}

std::string_view purpose_of(Kind kind) {
  switch (kind) {
    case Kind::base_image:
      return "CONTAINER";
    case Kind::program:
      return "APPLICATION";
    case Kind::go_module:
    case Kind::go_standard_library:
      return "LIBRARY";
    case Kind::deb:
    case Kind::apk:
      break;
  }
  return "INSTALL";
}

Json component_package(const Component& component) {
  Json json = package(id_of(component.id()), component.name);
  json["primaryPackagePurpose"] = std::string(purpose_of(component.kind));
  if (!component.version.empty()) json["versionInfo"] = component.version;
  if (!component.licence.empty()) json["licenseDeclared"] = component.licence;
  if (!component.supplier.empty()) json["supplier"] = supplier_text(component.supplier);
  if (!component.remark.empty()) json["comment"] = component.remark;
  if (!component.origins.empty()) json["sourceInfo"] = origins_text(component);
  if (component.kind == Kind::program && component.digest) add_sha256(json, *component.digest);
  if (component.kind == Kind::program) json["packageFileName"] = component.name;
  if (const auto purl = component.purl(); !purl.empty()) add_reference(json, "PACKAGE-MANAGER", "purl", purl);
  if (!component.sum.empty()) add_reference(json, "OTHER", "go-module-h1", component.sum);
  return json;
}

void add_relationship(Json& relationships, std::string_view from, std::string_view type,
                      std::string_view to) {
  relationships.push_back({{"spdxElementId", std::string(from)},
                           {"relationshipType", std::string(type)},
                           {"relatedSpdxElement", std::string(to)}});
}

Json relationships_of(const Catalogue& catalogue) {
  Json relationships = Json::array();
  add_relationship(relationships, document_id, "DESCRIBES", image_id);
  for (const auto& component : catalogue.components) {
    const auto id = id_of(component.id());
    switch (component.kind) {
      case Kind::base_image:
        add_relationship(relationships, image_id, "DESCENDANT_OF", id);
        break;
      case Kind::program:
        add_relationship(relationships, image_id, "CONTAINS", id);
        if (!component.made_from.empty())
          add_relationship(relationships, id, "GENERATED_FROM", id_of(component.made_from));
        for (const auto& used : component.uses)
          add_relationship(relationships, id, "DEPENDS_ON", id_of(used));
        break;
      case Kind::deb:
      case Kind::apk:
        add_relationship(relationships, image_id, "CONTAINS", id);
        break;
      case Kind::go_module:
      case Kind::go_standard_library:
        break;  // of programs
    }
  }
  return relationships;
}

// Licences that SPDX has no identifier for have to be told; their texts lie in the image.
Json licensing_infos(const Catalogue& catalogue) {
  std::map<std::string, std::string> references;
  for (const auto& component : catalogue.components) references.merge(licence_references(component.licence));
  Json infos = Json::array();
  for (const auto& [id, name] : references)
    infos.push_back({{"licenseId", id},
                     {"name", name},
                     {"extractedText", fmt::format("the licence that the package calls {}", name)}});
  return infos;
}

}  // namespace

Json spdx_document(const SbomSubject& subject, const Catalogue& catalogue) {
  Json packages = Json::array({image_package(subject)});
  for (const auto& component : catalogue.components) packages.push_back(component_package(component));
  Json document = {{"spdxVersion", "SPDX-2.3"},
                   {"dataLicense", "CC0-1.0"},
                   {"SPDXID", std::string(document_id)},
                   {"name", subject.name},
                   {"creationInfo",
                    {{"created", time_text(subject.epoch)},
                     {"creators", Json::array({"Tool: whittle-" + subject.tool_version})}}},
                   {"packages", packages},
                   {"relationships", relationships_of(catalogue)}};
  if (auto infos = licensing_infos(catalogue); !infos.empty())
    document["hasExtractedLicensingInfos"] = std::move(infos);
  document["documentNamespace"] = fmt::format("https://whittle.dev/spdx/{}/{}", subject.manifest.digest.hex(),
                                              Digest::of(canonical(document)).hex().substr(0, 32));
  return document;
}

}  // namespace whittle::evidence
