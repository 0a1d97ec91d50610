#include "evidence/sbom.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

namespace whittle::evidence {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using Kind = Component::Kind;

SbomSubject sbom_subject() {
  return {"api",
          {"application/vnd.oci.image.manifest.v1+json", Digest::of(std::string_view("m")), 10,
           layers::Platform::parse("linux/arm64")},
          1'700'000'000,
          "1.2.3"};
}

Catalogue catalogue() {
  const Component main{.name = "example.com/shop"};
  const Component module{.name = "example.com/a", .version = "v1.0.0", .sum = "h1:aaa="};
  Component program{.kind = Kind::program,
                    .name = "usr/bin/api",
                    .digest = Digest::of(std::string_view("x")),
                    .made_from = main.id(),
                    .uses = {module.id()}};
  Catalogue catalogue{{main,
                       module,
                       program,
                       {.kind = Kind::deb,
                        .name = "tzdata",
                        .version = "2024a",
                        .architecture = "all",
                        .distribution = "debian-12",
                        .licence = "MIT AND LicenseRef-public-domain",
                        .supplier = "Tz Team <tz@example.com>"}},
                      {}};
  settle(catalogue.components);
  return catalogue;
}

std::vector<std::string> relationships(const Json& document) {
  std::vector<std::string> lines;
  for (const auto& one : document["relationships"])
    lines.push_back(fmt::format("{} {} {}", one["spdxElementId"].get<std::string>().substr(0, 16),
                                one["relationshipType"].get<std::string>(),
                                one["relatedSpdxElement"].get<std::string>().substr(0, 18)));
  return lines;
}

TEST(Spdx, SaysWhatIsInAnImage) {
  const auto document = sbom_of(SbomFormat::spdx, sbom_subject(), catalogue());
  EXPECT_EQ(document["creationInfo"]["created"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(document["creationInfo"]["creators"], Json::array({"Tool: whittle-1.2.3"}));
  EXPECT_THAT(
      relationships(document),
      testing::IsSupersetOf(
          {"SPDXRef-DOCUMENT DESCRIBES SPDXRef-image", "SPDXRef-image CONTAINS SPDXRef-program-us",
           "SPDXRef-program- GENERATED_FROM SPDXRef-go-module-",
           "SPDXRef-program- DEPENDS_ON SPDXRef-go-module-", "SPDXRef-image CONTAINS SPDXRef-deb-tzdata"}));
  EXPECT_EQ(document["hasExtractedLicensingInfos"][0]["licenseId"], "LicenseRef-public-domain");
  std::set<std::string> ids;
  for (const auto& package : document["packages"]) {
    EXPECT_TRUE(ids.insert(package["SPDXID"]).second);
    EXPECT_THAT(package["SPDXID"].get<std::string>(), MatchesRegex("SPDXRef-[a-zA-Z0-9.-]+"));
    const auto text = canonical(package);
    const bool is_module = text.find("h1:aaa=") != std::string::npos;
    EXPECT_FALSE(is_module && package.contains("checksums"))
        << "no module hash is passed off as a file hash (hostile 249)";
    const bool is_tzdata = text.find("tzdata") != std::string::npos;
    EXPECT_TRUE(!is_tzdata || package["supplier"] == "Organization: Tz Team (tz@example.com)") << text;
  }
}

TEST(Cyclonedx, SaysWhatIsInAnImage) {
  const auto document = sbom_of(SbomFormat::cyclonedx, sbom_subject(), catalogue());
  EXPECT_THAT(document["serialNumber"].get<std::string>(),
              MatchesRegex("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(document["components"].size(), 4U);
  std::set<std::string> refs = {document["metadata"]["component"]["bom-ref"]};
  for (const auto& component : document["components"]) EXPECT_TRUE(refs.insert(component["bom-ref"]).second);
  for (const auto& dependency : document["dependencies"]) {
    EXPECT_TRUE(refs.contains(dependency["ref"]));
    for (const auto& on : dependency["dependsOn"]) EXPECT_TRUE(refs.contains(on.get<std::string>()));
  }
}

TEST(Sbom, EqualCataloguesHaveEqualBytesAndOthersHaveOtherNames) {
  for (const auto format : {SbomFormat::spdx, SbomFormat::cyclonedx}) {
    const auto identity = format == SbomFormat::spdx ? "documentNamespace" : "serialNumber";
    const auto once = sbom_of(format, sbom_subject(), catalogue());
    EXPECT_EQ(canonical(once), canonical(sbom_of(format, sbom_subject(), catalogue())));
    auto other = catalogue();
    other.components.pop_back();
    EXPECT_NE(once[identity], sbom_of(format, sbom_subject(), other)[identity]);
  }
}

TEST(Sbom, Hostile249_FiveThousandModules) {
  Catalogue many;
  for (int i = 0; i < 5'000; ++i)
    many.components.push_back({.name = fmt::format("example.com/m{}", 4'999 - i), .version = "v1.0.0"});
  settle(many.components);
  std::set<std::string> ids;
  const auto document = sbom_of(SbomFormat::spdx, sbom_subject(), many);
  for (const auto& package : document["packages"]) ids.insert(package["SPDXID"]);
  EXPECT_EQ(ids.size(), 5'001U);
}

TEST(Sbom, IsKnownByItsPredicateType) {
  EXPECT_EQ(sbom_format_of("https://spdx.dev/Document"), SbomFormat::spdx);
  EXPECT_EQ(sbom_format_of("https://spdx.dev/Document/v2.3"), SbomFormat::spdx);
  EXPECT_EQ(sbom_format_of("https://cyclonedx.org/bom"), SbomFormat::cyclonedx);
  EXPECT_FALSE(sbom_format_of("https://spdx.dev/Documents"));
  EXPECT_FALSE(sbom_format_of("https://slsa.dev/provenance/v1"));
}

}  // namespace
}  // namespace whittle::evidence
