#include "evidence/slim_record.hpp"

#include <gmock/gmock.h>

#include "common/json.hpp"
#include "evidence/provenance.hpp"
#include "tests/support/failure.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using testing::HasSubstr;

layers::Descriptor document(const char* content, const char* platform = nullptr) {
  layers::Descriptor one{"application/vnd.oci.image.manifest.v1+json", Digest::of(std::string_view(content)),
                         7};
  if (platform != nullptr) one.platform = layers::Platform::parse(platform);
  return one;
}

SlimRecord record_of_an_index() {
  SlimRecord record{.builder_version = "1.2.3", .name = "registry.example.com/shop/api:1"};
  record.from = document("old");
  record.root = document("new");
  record.platforms = {document("amd64", "linux/amd64"), document("arm64", "linux/arm64")};
  record.options = {{"keep", {"/opt/**", "/srv"}}, {"closure", {"strict"}}};
  return record;
}

TEST(SlimRecord, ComesBackFromItsStatement) {
  const auto statement = provenance_of(record_of_an_index());
  const auto read = parse_statement(write_statement(statement), "the statement");
  EXPECT_TRUE(is_slim_provenance(read));
  EXPECT_TRUE(read.is_about(document("new").digest));
  EXPECT_TRUE(read.is_about(document("arm64").digest));
  const auto record = slim_record_of(read, "it");
  EXPECT_EQ(record.builder_version, "1.2.3");
  EXPECT_EQ(record.name, "registry.example.com/shop/api:1");
  EXPECT_EQ(record.from.digest, document("old").digest);
  EXPECT_EQ(record.from.size, 7U);
  EXPECT_EQ(record.root.digest, document("new").digest);
  EXPECT_EQ(record.platforms.size(), 2U);
  EXPECT_EQ(record.options, record_of_an_index().options);
  EXPECT_EQ(write_statement(provenance_of(record)), write_statement(statement));
}

TEST(SlimRecord, OfAnImageForOnePlatformHasOneSubject) {
  auto record = record_of_an_index();
  record.name.clear();
  record.root = document("new");
  record.platforms = {document("new", "linux/amd64")};
  const auto statement = provenance_of(record);
  EXPECT_EQ(statement.subjects.size(), 1U);
  const auto text = write_statement(statement);
  EXPECT_EQ(slim_record_of(parse_statement(text, "it"), "it").root.digest, document("new").digest);
  EXPECT_THAT(text, HasSubstr("pkg:oci/base@sha256%3A"));
}

// Whoever reads it does what it says: nothing but what `slim` itself could have been told.
TEST(SlimRecord, Hostile247_AnythingElseIsRefused) {
  const auto refusal = [](const Json::json_pointer& at, const Json& value) {
    auto statement = provenance_of(record_of_an_index());
    statement.predicate[at] = value;
    return failure([&] { slim_record_of(statement, "it"); });
  };
  using Pointer = Json::json_pointer;
  const Pointer external("/buildDefinition/externalParameters");
  EXPECT_THAT(refusal(external / "options" / "output", Json::array({"/etc/passwd"})),
              HasSubstr("unverified"));
  EXPECT_THAT(refusal(external / "options" / "keep", "/x"), HasSubstr("integrity"));
  EXPECT_THAT(refusal(external / "options" / "keep", Json::array({std::string(5'000, 'x')})),
              HasSubstr("unverified"));
  EXPECT_THAT(refusal(external, Json::object()), HasSubstr("unverified"));
  const Pointer dependencies("/buildDefinition/resolvedDependencies");
  EXPECT_THAT(refusal(dependencies, Json::array()), HasSubstr("are not one image"));
  EXPECT_THAT(refusal(dependencies / 0 / "digest", {{"sha256", "zz"}}), HasSubstr("integrity"));
  EXPECT_THAT(refusal(dependencies / 0 / "annotations", Json::object()), HasSubstr("integrity"));
  EXPECT_THAT(refusal(Pointer("/runDetails"), Json::object()), HasSubstr("unverified"));
  EXPECT_THAT(refusal(Pointer("/buildDefinition"), Json()), HasSubstr("unverified"));
}

TEST(SlimRecord, IsToldFromTheProvenanceOfABuild) {
  auto statement = provenance_of(record_of_an_index());
  statement.predicate["buildDefinition"]["buildType"] = build_type;
  EXPECT_FALSE(is_slim_provenance(statement));
  EXPECT_FALSE(is_slim_provenance({{}, std::string(provenance_type), Json::array()}));
  EXPECT_FALSE(is_slim_provenance({{}, "other", {}}));
}

}  // namespace
}  // namespace whittle::evidence
