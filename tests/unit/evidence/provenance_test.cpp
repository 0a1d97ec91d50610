#include "evidence/provenance.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "evidence/materials.hpp"
#include "tests/support/failure.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

Digest digest(std::string_view text) {
  return Digest::of(text);
}

layers::Descriptor manifest_for(const layers::Platform& platform) {
  return {"application/vnd.oci.image.manifest.v1+json", digest(platform.text()), 500, platform};
}

BuildRecord record_with(const std::vector<std::string>& platforms) {
  BuildRecord record{.builder_version = "1.2.3", .image = "api"};
  record.spec_file = "deploy/whittle.yaml";
  record.folder = "deploy";
  record.spec = digest("spec");
  record.profile = "debug";
  record.tags = {"1", "latest"};
  record.epoch = 1'700'000'000;
  record.values = {{"git.commit", std::string(40, 'c')}};
  record.lock = {{"version", 1}, {"go", {{"version", "1.26.8"}}}};
  record.go_version = "1.26.8";
  record.compressors = {{"gzip balanced", "libdeflate 1.14"}};
  record.sources = {"example.com/shop",
                    std::string(40, 'c'),
                    "services",
                    {{"go.mod", digest("m")}, {"cmd/api/main.go", digest("g")}}};
  record.materials = {base_material("registry.example.com/base:1", digest("b")),
                      toolchain_material("1.26.8", "linux/amd64", "h1:" + std::string(43, 'A') + "=")};
  for (const auto& text : platforms) {
    const auto platform = layers::Platform::parse(text);
    record.platforms.push_back({platform, manifest_for(platform), {{"/usr/bin/api: -trimpath", "true"}}});
  }
  record.root = {"application/vnd.oci.image.index.v1+json", digest("root"), 900};
  if (platforms.size() == 1) {
    record.root = record.platforms[0].manifest;
    record.root.platform.reset();
  }
  return record;
}

// What is compared stands in the statement; the rest of a record has no other place.
std::string text_of(const BuildRecord& record) {
  return write_statement(provenance_of(record));
}
BuildRecord reread(const std::string& text) {
  return record_of(parse_statement(text, "it"), "it");
}

TEST(Provenance, ARecordIsReadBackExactly) {
  for (const auto& platforms : {std::vector<std::string>{"linux/amd64"}, {"linux/amd64", "linux/arm64"}}) {
    const auto record = record_with(platforms);
    const auto text = text_of(record);
    const auto read = reread(text);
    EXPECT_EQ(text_of(read), text);
    EXPECT_EQ(read.sources, record.sources);
    EXPECT_EQ(read.materials, record.materials);
    EXPECT_EQ(read.root.digest, record.root.digest);
    EXPECT_EQ(read.root.size, record.root.size);
    EXPECT_EQ(read.spec, record.spec);
    EXPECT_EQ(read.lock, record.lock);
    EXPECT_EQ(read.epoch, record.epoch);
    EXPECT_EQ(read.values, record.values);
    ASSERT_EQ(read.platforms.size(), platforms.size());
    EXPECT_EQ(read.platforms.back().settings, record.platforms.back().settings);
    EXPECT_EQ(read.platforms.back().manifest.platform, record.platforms.back().platform);
  }
}

TEST(Provenance, ABuildWithoutSpecOrGitIsReadBackToo) {
  auto record = record_with({"linux/arm64"});
  record.spec_file.clear();
  record.spec = digest("");
  record.main = "./cmd/api";
  record.folder.clear();
  record.profile.clear();
  record.tags.clear();
  record.values.clear();
  record.materials.clear();
  record.sources.revision.reset();
  record.sources.folder.clear();
  const auto read = reread(text_of(record));
  EXPECT_EQ(text_of(read), text_of(record));
  EXPECT_EQ(read.main, "./cmd/api");
  EXPECT_FALSE(read.sources.revision);
}

TEST(Provenance, EveryPlatformIsASubject) {
  const auto statement = provenance_of(record_with({"linux/amd64", "linux/arm64"}));
  for (const auto* text : {"root", "linux/amd64", "linux/arm64"})
    EXPECT_TRUE(statement.is_about(digest(text))) << text;
  EXPECT_EQ(statement.subjects.size(), 3U);
  EXPECT_EQ(provenance_of(record_with({"linux/amd64"})).subjects.size(), 1U);
}

// What reading a provenance comes to that differs in one place.
std::string altered(std::string_view pointer, const Json& value) {
  Json json = parse_json(text_of(record_with({"linux/amd64"})), "it");
  const Json::json_pointer at{std::string(pointer)};
  if (value.is_discarded())
    json.at(at.parent_pointer()).erase(at.back());
  else
    json[at] = value;
  return failure([&] { reread(canonical(json)); });
}
const Json absent = Json(Json::value_t::discarded);
constexpr std::string_view definition = "/predicate/buildDefinition";

std::string altered_below(std::string_view pointer, const Json& value) {
  return altered(fmt::format("{}{}", definition, pointer), value);
}

TEST(Provenance, Hostile246_WhatIsMissingIsUnverified) {
  for (const auto* pointer :
       {"/internalParameters/lock", "/internalParameters/settings", "/externalParameters/image",
        "/resolvedDependencies", "/resolvedDependencies/0/annotations",
        "/resolvedDependencies/0/annotations/files", "/resolvedDependencies/0/annotations/tree",
        "/externalParameters", "/externalParameters/spec"})
    EXPECT_THAT(altered_below(pointer, absent), StartsWith("unverified: ")) << pointer;
  EXPECT_THAT(altered("/predicate/runDetails", absent), StartsWith("unverified: "));
}

TEST(Provenance, OtherKindsOfClaimsAreUnsupported) {
  EXPECT_THAT(altered("/predicateType", "https://slsa.dev/provenance/v0.2"), StartsWith("unsupported: "));
  EXPECT_THAT(altered_below("/buildType", "https://example.com/make"), StartsWith("unsupported: "));
}

TEST(Provenance, Hostile247_WhatSteersMustHaveItsForm) {
  const auto file = [](std::string_view path) {
    return fmt::format("/resolvedDependencies/0/annotations/files/{}", path);
  };
  for (const auto& [pointer, value] : std::vector<std::pair<std::string, Json>>{
           {"/externalParameters/spec/path", "../whittle.yaml"},
           {"/externalParameters/spec/path", "/etc/whittle.yaml"},
           {"/externalParameters/folder", "a//b"},
           {"/externalParameters/main", "-toolexec=evil"},
           {"/externalParameters/main", "./cmd\nx"},
           {"/externalParameters/platforms", Json::array({"linux/s390x"})},
           {"/internalParameters/goVersion", "-1"},
           {"/internalParameters/goVersion", "1.26/../../evil"},
           {"/resolvedDependencies/0/annotations/folder", "../.."},
           {"/resolvedDependencies/0/annotations/module", "--upload-pack=evil"},
           {"/resolvedDependencies/0/digest/gitCommit", "--output=x"},
           {"/resolvedDependencies/0/digest/gitCommit", "HEAD"},
           {file("..~1x"), std::string(64, 'a')},
           {file("~1etc~1passwd"), std::string(64, 'a')},
           {file("new.go"), std::string(64, 'a')},  // the tree is another then
           {"/resolvedDependencies/1/uri", "-x"},
           {"/resolvedDependencies/1/digest", {{"sha256", "zz"}}}})
    EXPECT_THAT(altered_below(pointer, value), StartsWith("unverified: ")) << pointer << " " << value;
  EXPECT_THAT(altered_below(file("go.mod"), "nothing"), StartsWith("integrity: "));
  EXPECT_THAT(altered_below("/externalParameters/epoch", "now"), StartsWith("integrity: "));
  EXPECT_THAT(altered("/subject/0/annotations/platform", "plan9"), StartsWith("unverified: "));
}

TEST(Provenance, FieldsThatNobodyKnowsAreLeftOut) {
  Json json = parse_json(text_of(record_with({"linux/amd64"})), "it");
  json["predicate"]["buildDefinition"]["externalParameters"]["toolexec"] = "evil";
  json["predicate"]["runDetails"]["metadata"] = {{"invocationId", "x"}};
  EXPECT_EQ(text_of(reread(canonical(json))), text_of(record_with({"linux/amd64"})));
}

TEST(Materials, NoModuleHashPassesAsOneOfAFile) {  // hostile 249
  const auto material = material_of(binaries::BuildInfo::Dependency{
      {"example.com/Übung", "v1.0.0+incompatible", "h1:" + std::string(43, 'A') + "="}});
  ASSERT_TRUE(material);
  EXPECT_EQ(material->uri, "pkg:golang/example.com/%C3%9Cbung@v1.0.0%2Bincompatible");
  EXPECT_THAT(material->digests, testing::ElementsAre(testing::Pair("goModuleH1", std::string(64, '0'))));
  EXPECT_FALSE(material_of(
      binaries::BuildInfo::Dependency{{"example.com/a", "v1.0.0", ""}, binaries::GoModule{"../a", "", ""}}));
}

TEST(Materials, Hostile248_ABaseInAFolderIsKnownByItsDigestAlone) {
  const auto material = base_material("oci:/home/me/secret-project/base:1", digest("b"));
  EXPECT_THAT(material.uri + material.name, testing::Not(HasSubstr("me/secret")));
  EXPECT_EQ(base_material("registry.example.com/shop/base:1", digest("b")).uri,
            fmt::format("pkg:oci/base@sha256%3A{}?repository_url=registry.example.com/shop/base&tag=1",
                        digest("b").hex()));
}

}  // namespace
}  // namespace whittle::evidence
