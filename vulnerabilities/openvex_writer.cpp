#include <fmt/format.h>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/component.hpp"
#include "registry/place.hpp"
#include "vulnerabilities/ecosystem.hpp"
#include "vulnerabilities/openvex.hpp"

namespace whittle::vulnerabilities {
namespace {

using evidence::purl_encoded;

// A folder or an archive has no name that means anything elsewhere.
std::string image_url(const std::string& place, const Digest& digest) {
  evidence::Component image{.kind = evidence::Component::Kind::base_image, .name = "image", .digest = digest};
  const auto parsed = registry::Place::parse(place);
  if (parsed.kind == registry::Place::Kind::registry) image.name = as_utf8(place);
  return image.purl();
}

// "Debian:12" → "deb/debian".
std::string package_type(const std::string& ecosystem) {
  const auto name = ecosystem.substr(0, ecosystem.find(':'));
  if (name == "Alpine") return "apk/alpine";
  return name == "Ubuntu" ? "deb/ubuntu" : "deb/debian";
}

std::string package_url(const Finding& finding) {
  const auto version =
      finding.version.empty() ? std::string() : "@" + purl_encoded(finding.version_text(finding.version));
  if (finding.ecosystem == go_ecosystem)
    return fmt::format("pkg:golang/{}{}", purl_encoded(finding.package, true), version);
  return fmt::format("pkg:{}/{}{}", package_type(finding.ecosystem), purl_encoded(finding.package), version);
}

// Nothing of one that is dismissed without a reason: there is nothing that another could rely on.
std::optional<Json> statement_of(const Finding& finding, const std::string& image) {
  Json names = {{"name", finding.id}};
  if (!finding.aliases.empty()) names["aliases"] = finding.aliases;
  Json statement = {
      {"vulnerability", names},
      {"products",
       Json::array({{{"@id", image}, {"subcomponents", Json::array({{{"@id", package_url(finding)}}})}}})}};
  if (finding.presence() == Presence::not_linked) {
    statement["status"] = "not_affected";
    statement["justification"] = "vulnerable_code_not_in_execute_path";
    statement["impact_statement"] = "none of the functions that matter is linked into the program";
  } else if (finding.dismissal) {
    if (finding.dismissal->reason.empty()) return std::nullopt;
    statement["status"] = "not_affected";
    statement["impact_statement"] = finding.dismissal->reason;
  } else {
    const auto remedy = finding.remedy();
    statement["status"] = "affected";
    statement["action_statement"] = remedy.empty() ? "no version is known that mends it" : remedy;
  }
  return statement;
}

}  // namespace

Json openvex_of(const Scan& scan, const VexDocument& document) {
  Json statements = Json::array();
  for (const auto& platform : scan.platforms) {
    const auto image = image_url(document.place, platform.manifest.digest);
    for (const auto& finding : platform.findings)
      if (auto statement = statement_of(finding, image)) statements.push_back(std::move(*statement));
  }
  Json json = {{"@context", "https://openvex.dev/ns/v0.2.0"},
               {"author", "whittle scan"},
               {"timestamp", document.time},
               {"tooling", fmt::format("whittle {}", document.version)},
               {"version", 1},
               {"statements", std::move(statements)}};
  // A name by what it says; nothing is fetched from it.
  json["@id"] = fmt::format("https://whittle.dev/vex/{}", Digest::of(canonical(json)).hex());
  return json;
}

}  // namespace whittle::vulnerabilities
