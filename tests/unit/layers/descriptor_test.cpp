#include "layers/descriptor.hpp"

#include <fmt/format.h>

#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::expect_error;

const std::string good_digest = Digest::of("hello").text();

Json descriptor_json() {
  return {{"mediaType", "application/vnd.oci.image.layer.v1.tar"}, {"digest", good_digest}, {"size", 5}};
}

TEST(Descriptor, RoundTrips) {
  Json json = descriptor_json();
  json["platform"] = {{"os", "linux"}, {"architecture", "arm"}, {"variant", "v6"}, {"os.version", "1"}};
  json["annotations"] = {{"a", "b"}};
  json["artifactType"] = "text/x";
  EXPECT_EQ(to_json(parse_descriptor(json, "here")), json);
  EXPECT_EQ(to_json(parse_descriptor(descriptor_json(), "here")), descriptor_json());
}

TEST(Descriptor, Hostile109_SizesThatAreNone) {
  for (const auto* size :
       {"-1", "1.5", "\"5\"", "1e3", "9223372036854775808", "18446744073709551616", "true", "[]"}) {
    Json json = descriptor_json();
    json["size"] = parse_json(size, "size");
    expect_error(ErrorKind::integrity, "here: field `size`", [&] { parse_descriptor(json, "here"); });
  }
  Json json = descriptor_json();
  json["size"] = 9223372036854775807U;
  EXPECT_EQ(parse_descriptor(json, "here").size, 9223372036854775807U);
}

TEST(Descriptor, Hostile110_DigestsThatAreNone) {
  const std::string hex(64, 'a');
  for (const auto& digest :
       {"sha256:" + hex.substr(1), "sha256:" + hex + "a", "sha256:" + std::string(64, 'A'),
        std::string("sha256:"), std::string("../../etc/passwd"), "sha256:" + hex.substr(3) + "%2f",
        "sha256:../" + hex.substr(3), hex, "sha256:" + hex.substr(32) + ":" + hex.substr(33),
        std::string("md5:../x")}) {
    Json json = descriptor_json();
    json["digest"] = digest;
    expect_error(ErrorKind::integrity, "here", [&] { parse_descriptor(json, "here"); });
  }
}

TEST(Descriptor, Hostile111_OtherAlgorithms) {
  Json json = descriptor_json();
  json["digest"] = "sha512:" + std::string(128, 'a');
  EXPECT_EQ(parse_descriptor(json, "here").digest.algorithm(), Digest::Algorithm::sha512);
  json["digest"] = "blake3:" + std::string(64, 'a');
  expect_error(ErrorKind::unsupported, "blake3", [&] { parse_descriptor(json, "here"); });
}

TEST(Descriptor, Hostile112_EmbeddedData) {
  Json json = descriptor_json();
  json["data"] = "aGVsbG8=";
  EXPECT_EQ(parse_descriptor(json, "here").size, 5U);
  for (const auto* data : {"aGVsbG8", "aGVsbG9=", "aGVs bG8=", "aGVsbG8h", "", "====", "a===", "aGVsbG8=\n",
                           "aGVsbG8=aGVsbG8="}) {
    json["data"] = data;
    expect_error(ErrorKind::integrity, "here: field `data`", [&] { parse_descriptor(json, "here"); });
  }
  json["data"] = 5;
  expect_error(ErrorKind::integrity, "here: field `data`", [&] { parse_descriptor(json, "here"); });
}

TEST(Descriptor, Hostile115_UnknownFieldsAndTypesAreFine) {
  Json json = descriptor_json();
  json["mediaType"] = "application/x-nobody-knows";
  json["urls"] = Json::array({"ftp://x"});
  json["org.example"] = {{"deep", {1, 2}}};
  EXPECT_EQ(parse_descriptor(json, "here").media_type, "application/x-nobody-knows");
}

TEST(Descriptor, Hostile116_NullIsAbsent) {
  Json json = descriptor_json();
  for (const auto* name : {"annotations", "platform", "artifactType", "data", "urls"}) json[name] = nullptr;
  EXPECT_EQ(to_json(parse_descriptor(json, "here")), descriptor_json());
  for (const auto* name : {"mediaType", "digest", "size"}) {
    Json without = descriptor_json();
    without[name] = nullptr;
    expect_error(ErrorKind::integrity, fmt::format("here: field `{}` is missing", name),
                 [&] { parse_descriptor(without, "here"); });
  }
  expect_error(ErrorKind::integrity, "here is not a JSON object", [] { parse_descriptor(Json(5), "here"); });
}

TEST(Descriptor, IllTypedFields) {
  for (const auto& field :
       {std::pair("annotations", Json({{"a", 1}})), std::pair("annotations", Json::array()),
        std::pair("platform", Json("linux")), std::pair("artifactType", Json(1))}) {
    Json json = descriptor_json();
    json[field.first] = field.second;
    expect_error(ErrorKind::integrity, field.first, [&] { parse_descriptor(json, "here"); });
  }
}

TEST(Descriptor, Hostile121_EmptyPlatformIsNone) {
  Json json = descriptor_json();
  json["platform"] = {{"os", ""}, {"architecture", ""}};
  EXPECT_FALSE(parse_descriptor(json, "here").platform.has_value());
  json["platform"] = {{"os", "linux"}};
  expect_error(ErrorKind::integrity, "here: platform: field `architecture` is missing",
               [&] { parse_descriptor(json, "here"); });
}

}  // namespace
}  // namespace whittle::layers
