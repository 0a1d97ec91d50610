#include "layers/manifest.hpp"

#include <fmt/format.h>

#include "layers/media_types.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::expect_error;

const std::string oci_manifest(media_type::oci_manifest);
const std::string oci_index(media_type::oci_index);
const std::string docker_manifest(media_type::docker_manifest);

Json descriptor_json(const std::string& content, const std::string& type = "application/x") {
  return {{"mediaType", type}, {"digest", Digest::of(content).text()}, {"size", content.size()}};
}

Json manifest_json() {
  return {{"schemaVersion", 2},
          {"mediaType", oci_manifest},
          {"config", descriptor_json("{}", std::string(media_type::oci_config))},
          {"layers", Json::array({descriptor_json("one"), descriptor_json("two")})}};
}
Json index_json() {
  return {{"schemaVersion", 2},
          {"mediaType", oci_index},
          {"manifests", Json::array({descriptor_json("m", oci_manifest)})}};
}

Manifest parsed_manifest(const Json& json, const std::string& stated = "") {
  return parse_manifest(Document(stated, canonical(json)), "manifest of x");
}

TEST(Manifest, RoundTrips) {
  Manifest manifest = parsed_manifest(manifest_json());
  EXPECT_EQ(write_manifest(manifest).bytes, canonical(manifest_json()));
  manifest.annotations = {{"z", "1"}, {"a", "ü"}};
  manifest.subject = manifest.layers[0];
  manifest.artifact_type = "text/x";
  const Document document = write_manifest(manifest);
  EXPECT_EQ(document.media_type, oci_manifest);
  EXPECT_EQ(document.digest, Digest::of(document.bytes));
  EXPECT_EQ(write_manifest(parse_manifest(document, "it")).bytes, document.bytes);
}

TEST(Index, RoundTrips) {
  Index index = parse_index(Document("", canonical(index_json())), "index");
  EXPECT_EQ(write_index(index).bytes, canonical(index_json()));
  index.manifests[0].platform = Platform::parse("linux/arm/v6");
  index.annotations = {{"a", "b"}};
  index.subject = index.manifests[0];
  index.artifact_type = "text/x";
  const Document document = write_index(index);
  EXPECT_EQ(write_index(parse_index(document, "it")).bytes, document.bytes);
}

TEST(Manifest, Hostile106_LayersAndManifestsTogether) {
  Json json = manifest_json();
  json["manifests"] = index_json()["manifests"];
  for (const auto& stated : {std::string(), oci_manifest, oci_index})
    expect_error(ErrorKind::integrity, "manifest of x", [&] { parsed_manifest(json, stated); });
  json.erase("mediaType");
  expect_error(ErrorKind::integrity, "both `layers` and `manifests`", [&] { parsed_manifest(json); });
}

TEST(Manifest, Hostile106_TypesThatDisagree) {
  expect_error(ErrorKind::integrity, "calls itself",
               [] { parsed_manifest(manifest_json(), docker_manifest); });
  expect_error(ErrorKind::integrity, "calls itself", [] { parsed_manifest(manifest_json(), oci_index); });
  Json json = index_json();
  json["config"] = descriptor_json("{}");
  expect_error(ErrorKind::integrity, "`config`", [&] { settle_media_type("", canonical(json), "index"); });
  json = manifest_json();
  json["fsLayers"] = Json::array();
  expect_error(ErrorKind::integrity, "`fsLayers`", [&] { parsed_manifest(json); });
  expect_error(ErrorKind::integrity, "not an image manifest",
               [] { parsed_manifest(index_json(), oci_index); });
}

TEST(Manifest, Hostile107_ContentTypes) {
  const std::string bytes = canonical(manifest_json());
  EXPECT_EQ(settle_media_type("Application/VND.oci.image.manifest.v1+JSON ; charset=utf-8", bytes, "m"),
            oci_manifest);
  Json untyped = manifest_json();
  untyped.erase("mediaType");
  Json untyped_index = index_json();
  untyped_index.erase("mediaType");
  for (const auto* stated :
       {"", "application/json", "text/plain; charset=utf-8", "application/octet-stream"}) {
    EXPECT_EQ(settle_media_type(stated, bytes, "m"), oci_manifest);
    EXPECT_EQ(settle_media_type(stated, canonical(untyped), "m"), oci_manifest);
    EXPECT_EQ(settle_media_type(stated, canonical(untyped_index), "m"), oci_index);
  }
  EXPECT_EQ(settle_media_type(docker_manifest, canonical(untyped), "m"), docker_manifest);
  expect_error(ErrorKind::unsupported, "neither",
               [] { settle_media_type("", R"({"schemaVersion":2})", "m"); });
  expect_error(ErrorKind::unsupported, "text/html", [&] { settle_media_type("text/html", bytes, "m"); });
}

TEST(Manifest, Hostile108_OldSchemas) {
  for (const Json& version : {Json(1), Json("2"), Json(3), Json(2.0), Json(nullptr)}) {
    Json json = manifest_json();
    json["schemaVersion"] = version;
    try {
      parsed_manifest(json);
      ADD_FAILURE() << version.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported) << error.message();
      EXPECT_FALSE(error.hints().empty());
    }
  }
  expect_error(ErrorKind::unsupported, "schema 1", [] {
    settle_media_type("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}", "m");
  });
}

TEST(Manifest, Hostile114_JsonThatIsNone) {
  const std::string good = canonical(manifest_json());
  for (const auto& bytes :
       {good + "{}", good + "x", good.substr(1), std::string("NaN"), std::string("\"\xff\""),
        std::string(R"({"a":1,"a":2})"), std::string(R"("\ud800")"), std::string()})
    expect_error(ErrorKind::integrity, "m", [&] { settle_media_type("", bytes, "m"); });
  expect_error(ErrorKind::limit, "64", [] { settle_media_type("", std::string(100'000, '['), "m"); });
  expect_error(ErrorKind::limit, "8388608",
               [] { settle_media_type("", std::string((8U << 20U) + 1, ' '), "m"); });
}

TEST(Manifest, Hostile115_UnknownThingsAreFine) {
  Json json = manifest_json();
  json["org.example.extra"] = {{"x", 1}};
  json["layers"][0]["mediaType"] = "application/x-unheard-of";
  json["artifactType"] = "application/x-else";
  EXPECT_EQ(parsed_manifest(json).layers[0].media_type, "application/x-unheard-of");
}

TEST(Manifest, Hostile116_Nulls) {
  Json json = manifest_json();
  for (const auto* name : {"annotations", "subject", "artifactType", "manifests"}) json[name] = nullptr;
  EXPECT_EQ(write_manifest(parsed_manifest(json)).bytes, canonical(manifest_json()));
  for (const auto* name : {"config", "layers"}) {
    Json without = manifest_json();
    without["mediaType"] = oci_manifest;
    without[name] = nullptr;
    expect_error(ErrorKind::integrity, fmt::format("`{}` is missing", name),
                 [&] { parsed_manifest(without, oci_manifest); });
  }
}

TEST(Manifest, Hostile119_SmallImagesAreFine) {
  Json json = manifest_json();
  json["layers"] = Json::array();
  EXPECT_TRUE(parsed_manifest(json).layers.empty());
  for (int i = 0; i < 127; ++i) json["layers"].push_back(descriptor_json(""));
  EXPECT_EQ(parsed_manifest(json).layers.size(), 127U);
}

TEST(Manifest, Hostile120_OneDigestTwoSizes) {
  Json json = manifest_json();
  json["layers"].push_back(descriptor_json("one"));
  json["layers"][2]["mediaType"] = "application/y";  // two types of one digest are somebody's carelessness
  EXPECT_EQ(parsed_manifest(json).layers.size(), 3U);
  json["layers"][2]["size"] = 4;
  expect_error(ErrorKind::integrity, "two sizes", [&] { parsed_manifest(json); });
  json = manifest_json();
  json["subject"] = descriptor_json("{}");
  json["subject"]["size"] = 7;
  expect_error(ErrorKind::integrity, "two sizes", [&] { parsed_manifest(json); });
}

TEST(Index, Hostile121_TooManyChildren) {
  Json json = index_json();
  json["manifests"] = Json(10'000, descriptor_json("m"));
  EXPECT_EQ(parse_index(Document("", canonical(json)), "index").manifests.size(), 10'000U);
  json["manifests"].push_back(descriptor_json("m"));
  // A document of so many bytes is within the size limit, and still refused.
  expect_error(ErrorKind::limit, "10000", [&] { parse_index(Document("", canonical(json)), "index"); });
}

TEST(Manifest, Hostile21_WhatRegistriesRefuseIsNotWritten) {
  Manifest manifest = parsed_manifest(manifest_json());
  manifest.annotations["a"] = std::string(4U << 20U, 'x');
  expect_error(ErrorKind::spec_limit, "4194304", [&] { write_manifest(manifest); });
}

}  // namespace
}  // namespace whittle::layers
