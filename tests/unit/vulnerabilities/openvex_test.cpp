#include "vulnerabilities/openvex.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/support/failure.hpp"

namespace whittle::vulnerabilities {
namespace {

using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const auto root = Digest::of(std::string_view("root"));
const auto manifest = Digest::of(std::string_view("manifest"));

Finding package_finding(const std::string& id, const std::string& ecosystem, const std::string& package,
                        const std::string& version, Presence presence) {
  Finding finding;
  finding.id = id;
  finding.aliases = {"CVE-" + id};
  finding.ecosystem = ecosystem;
  finding.package = package;
  finding.version = version;
  finding.locations = {{"usr/bin/a", "sha256:1", presence, {}}};
  return finding;
}

Scan scanned(std::vector<Finding> findings) {
  Scan scan{{"application/vnd.oci.image.manifest.v1+json", root, 1}, {}};
  ScannedPlatform platform{{"application/vnd.oci.image.manifest.v1+json", manifest, 1}, {}};
  platform.findings = std::move(findings);
  scan.platforms.push_back(std::move(platform));
  return scan;
}

std::string document(const std::string& statements) {
  return fmt::format(
      R"({{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://openvex.dev/docs/example/vex-1",
          "author":"Wolfi J Inkinson","timestamp":"2023-01-08T18:02:03Z","version":1,"statements":[{}]}})",
      statements);
}

// The reason why the finding does not count; "" when it does.
std::string verdict(const std::vector<std::string>& statements, const Finding& one) {
  auto scan = scanned({one});
  VexStatements all;
  for (const auto& statement : statements) all.add(document(statement), "the document");
  all.apply(scan);
  const auto& dismissal = scan.platforms[0].findings[0].dismissal;
  return dismissal ? dismissal->reason : std::string();
}

// The specification's own example has this form (OPENVEX-SPEC.md, "Example").
TEST(OpenVex, APackageByItsUrl) {
  const std::string fixed = R"({"vulnerability":{"name":"CVE-2014-123456"},"status":"fixed",
    "products":[{"@id":"pkg:apk/distro/git@2.39.0-r1?arch=armv7"},{"@id":"pkg:apk/distro/git@2.39.0-r1?arch=x86_64"}]})";
  auto git = package_finding("CVE-2014-123456", "Alpine:v3.19", "git", "2.39.0-r1", Presence::installed);
  EXPECT_EQ(verdict({fixed}, git), "VEX: fixed");
  git.version = "2.39.0-r2";
  EXPECT_EQ(verdict({fixed}, git), "");
  EXPECT_EQ(verdict({fixed}, package_finding("CVE-2014-123457", "Alpine:v3.19", "git", "2.39.0-r1",
                                             Presence::installed)),
            "");
}

TEST(OpenVex, AnImageByItsDigestAndAComponentOfIt) {
  const auto about = [](const std::string& product) {
    return fmt::format(
        R"({{"vulnerability":{{"name":"GO-1"}},"status":"not_affected","justification":"vulnerable_code_not_present","products":[{}]}})",
        product);
  };
  const auto net = package_finding("GO-1", "Go", "golang.org/x/net", "v0.5.0", Presence::linked);
  const auto image = [](const Digest& digest) { return "pkg:oci/api@sha256%3A" + std::string(digest.hex()); };
  const std::string reason = "VEX: not_affected, vulnerable_code_not_present";
  for (const auto& digest : {root, manifest})
    EXPECT_EQ(verdict({about(fmt::format(R"({{"@id":"{}"}})", image(digest)))}, net), reason);
  EXPECT_EQ(verdict({about(fmt::format(R"({{"@id":"x","hashes":{{"sha-256":"{}"}}}})", root.hex()))}, net),
            reason);
  EXPECT_EQ(
      verdict({about(fmt::format(R"({{"@id":"{}"}})", image(Digest::of(std::string_view("other")))))}, net),
      "");
  const auto component = [&](const char* url) {
    return about(fmt::format(R"({{"@id":"{}","subcomponents":[{{"@id":"{}"}}]}})", image(root), url));
  };
  EXPECT_EQ(verdict({component("pkg:golang/golang.org/x/net@v0.5.0")}, net), reason);
  EXPECT_EQ(verdict({component("pkg:golang/golang.org/x/net")}, net), reason);
  EXPECT_EQ(verdict({component("pkg:golang/golang.org/x/net@v0.6.0")}, net), "");
  EXPECT_EQ(verdict({component("pkg:golang/golang.org/x/text@v0.5.0")}, net), "");
  EXPECT_EQ(verdict({component("not a url")}, net), "");
}

TEST(OpenVex, TheLatestStatementCounts) {
  const auto at = [](const char* time, const char* status) {
    return fmt::format(
        R"({{"vulnerability":"CVE-GO-1","timestamp":"{}","status":"{}","justification":"component_not_present"}})",
        time, status);
  };
  const auto net = package_finding("GO-1", "Go", "golang.org/x/net", "v0.5.0", Presence::linked);
  EXPECT_EQ(
      verdict({at("2024-01-01T00:00:00Z", "affected"), at("2024-01-02T00:00:00Z", "not_affected")}, net),
      "VEX: not_affected, component_not_present");
  EXPECT_EQ(
      verdict({at("2024-01-02T00:00:00Z", "affected"), at("2024-01-01T00:00:00Z", "not_affected")}, net), "");
  EXPECT_EQ(verdict({at("2024-01-01T00:00:00Z", "under_investigation")}, net), "");
}

TEST(OpenVex, WhatIsWrongWithADocument) {
  const auto problem = [](const std::string& text) {
    return failure([&] { VexStatements().add(text, "the document"); });
  };
  EXPECT_THAT(problem("{"), HasSubstr("integrity"));
  EXPECT_THAT(problem(R"({"@context":"https://cyclonedx.org","statements":[]})"), HasSubstr("is no OpenVEX"));
  EXPECT_THAT(problem(R"({"@context":"https://openvex.dev/ns"})"), HasSubstr("statements"));
  EXPECT_THAT(problem(document(R"({"vulnerability":"x","status":"harmless"})")), HasSubstr("no status"));
  EXPECT_THAT(problem(document(R"({"vulnerability":"x","status":"not_affected"})")),
              HasSubstr("justification"));
  EXPECT_THAT(problem(document(R"({"status":"fixed"})")), HasSubstr("vulnerability"));
  EXPECT_THAT(problem(document(R"({"vulnerability":"x","status":"fixed","products":{}})")),
              HasSubstr("products"));
}

TEST(OpenVex, ADocumentThatSaysNothingOfWhatWasFoundIsNamed) {
  auto scan = scanned({package_finding("GO-1", "Go", "golang.org/x/net", "v0.5.0", Presence::linked)});
  VexStatements statements;
  statements.add(document(R"({"vulnerability":"GO-2","status":"fixed"})"), "the document");
  EXPECT_THAT(statements.apply(scan), ElementsAre("the document says nothing of what was found"));
}

// What one scan says, the next one believes: but for what counts, nothing is left.
TEST(OpenVex, WhatIsWrittenIsRead) {
  auto linked = package_finding("GO-1", "Go", "golang.org/x/net", "v0.5.0", Presence::linked);
  linked.fixed = "0.7.0";
  auto ignored = package_finding("GO-3", "Go", "stdlib", "1.21.3", Presence::linked);
  ignored.dismissal = Dismissal{"no user gives us such", {}};
  auto silent = package_finding("GO-4", "Go", "stdlib", "1.21.3", Presence::linked);
  silent.dismissal = Dismissal{};
  const auto scan = scanned(
      {linked, package_finding("GO-2", "Go", "golang.org/x/net", "v0.5.0", Presence::not_linked), ignored,
       silent, package_finding("D-1", "Debian:12", "openssl", "3.0.1-1", Presence::installed)});
  const auto json = openvex_of(scan, {"registry.example.com/shop/api:1", "2026-01-01T00:00:00Z", "1.2.3"});
  EXPECT_EQ(json["@context"], "https://openvex.dev/ns/v0.2.0");
  EXPECT_EQ(json["timestamp"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(json, openvex_of(scan, {"registry.example.com/shop/api:1", "2026-01-01T00:00:00Z", "1.2.3"}));
  std::vector<std::string> lines;
  for (const auto& statement : json["statements"]) {
    EXPECT_EQ(statement["products"][0]["@id"],
              fmt::format("pkg:oci/api@sha256%3A{}?repository_url=registry.example.com/shop/api&tag=1",
                          manifest.hex()));
    lines.push_back(fmt::format("{} {} {} {}", statement["vulnerability"]["name"].get<std::string>(),
                                statement["status"].get<std::string>(), statement.value("justification", "-"),
                                statement["products"][0]["subcomponents"][0]["@id"].get<std::string>()));
  }
  EXPECT_THAT(lines, ElementsAre("GO-1 affected - pkg:golang/golang.org/x/net@v0.5.0",
                                 "GO-2 not_affected vulnerable_code_not_in_execute_path "
                                 "pkg:golang/golang.org/x/net@v0.5.0",
                                 "GO-3 not_affected - pkg:golang/stdlib@go1.21.3",
                                 "D-1 affected - pkg:deb/debian/openssl@3.0.1-1"));
  EXPECT_EQ(json["statements"][0]["action_statement"], "go get golang.org/x/net@v0.7.0");

  auto again = scanned({linked, package_finding("GO-2", "Go", "golang.org/x/net", "v0.5.0", Presence::linked),
                        package_finding("GO-3", "Go", "stdlib", "1.21.3", Presence::linked)});
  VexStatements statements;
  statements.add(canonical(json), "the document");
  EXPECT_THAT(statements.apply(again), IsEmpty());
  const auto& findings = again.platforms[0].findings;
  EXPECT_TRUE(findings[0].counts());
  EXPECT_FALSE(findings[1].counts());
  EXPECT_EQ(findings[2].dismissal->reason, "VEX: not_affected: no user gives us such");
}

TEST(PackageUrl, IsDecodedAndItsQualifiersAreLeftOut) {
  const auto parsed = [](const char* text) {
    const auto url = PackageUrl::parse(text);
    return url ? fmt::format("{} {} {}", url->type, url->name, url->version) : std::string("none");
  };
  EXPECT_EQ(parsed("pkg:Golang/golang.org/x/net@v0.5.0?type=module#sub"), "golang golang.org/x/net v0.5.0");
  EXPECT_EQ(parsed("pkg:oci/api@sha256%3Aabc?tag=1"), "oci api sha256:abc");
  EXPECT_EQ(parsed("pkg:npm/%40angular/core"), "npm @angular/core ");
  for (const auto* none :
       {"", "pkg:", "pkg:golang", "pkg:/x", "golang/x@1", "pkg:golang/", "pkg:golang/%4", "pkg:golang/%zz"})
    EXPECT_EQ(parsed(none), "none") << none;
}

}  // namespace
}  // namespace whittle::vulnerabilities
