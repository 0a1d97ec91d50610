#include "layers/config.hpp"

#include "layers/media_types.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::expect_error;

Json config_json() {
  return {{"os", "linux"},
          {"architecture", "amd64"},
          {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array({Digest::of("x").text()})}}}};
}

ImageConfig parsed_config(const Json& json) {
  return parse_config(canonical(json), "config of x");
}
Json rewritten(const Json& json) {
  return Json::parse(write_config(parsed_config(json)).bytes);
}

ImageConfig full_config() {
  ImageConfig config{Platform::parse("linux/arm/v6")};
  config.platform.os_version = "10";
  config.created = "1970-01-01T00:00:00Z";
  config.author = "a";
  config.execution.user = "65532";
  config.execution.env = {"B=1", "A=2"};
  config.execution.entrypoint = {{"/api"}};
  config.execution.cmd = {{"--listen", ":80"}};
  config.execution.working_dir = "/";
  config.execution.exposed_ports = {"80/tcp"};
  config.execution.volumes = {"/data"};
  config.execution.labels = {{"l", "ü"}};
  config.execution.stop_signal = "SIGTERM";
  config.execution.others = {{"Healthcheck", {{"Test", {"NONE"}}}}};
  config.diff_ids = {Digest::of("x")};
  config.history = {{"t", "by", "comment", "author", true}, {}};
  config.others = {{"docker_version", "1"}};
  return config;
}

TEST(Config, RoundTrips) {
  const Document document = write_config(full_config());
  EXPECT_EQ(document.media_type, media_type::oci_config);
  EXPECT_EQ(write_config(parse_config(document.bytes, "it")).bytes, document.bytes);
  const ImageConfig config = parse_config(document.bytes, "it");
  EXPECT_EQ(config.platform, full_config().platform);
  EXPECT_EQ(config.execution.env, full_config().execution.env);
  EXPECT_EQ(config.execution.entrypoint, full_config().execution.entrypoint);
  EXPECT_EQ(config.execution.labels, full_config().execution.labels);
  EXPECT_TRUE(config.history[0].empty_layer);
  EXPECT_FALSE(config.history[1].empty_layer);
}

TEST(Config, EmptyFieldsAreLeftOut) {
  ImageConfig config{Platform::parse("linux/amd64")};
  EXPECT_EQ(write_config(config).bytes,
            R"({"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[],"type":"layers"}})");
  config.execution.cmd = std::vector<std::string>();  // said to be nothing, which is not the same as not said
  EXPECT_THAT(write_config(config).bytes, testing::HasSubstr(R"("config":{"Cmd":[]})"));
}

TEST(Config, SetEnvKeepsPlaces) {
  Execution run;
  run.env = {"PATH=/bin", "A", "AB=1"};
  run.set_env("A", "2");
  run.set_env("C", "=");
  run.set_env("PATH", "/usr/bin");
  EXPECT_THAT(run.env, testing::ElementsAre("PATH=/usr/bin", "A=2", "AB=1", "C=="));
}

TEST(Config, Hostile116_Nulls) {
  Json json = config_json();
  json["config"] = nullptr;
  json["history"] = nullptr;
  json["created"] = nullptr;
  json["Unknown"] = nullptr;
  EXPECT_EQ(rewritten(json), config_json());
  json["config"] = {{"Env", nullptr},
                    {"Entrypoint", nullptr},
                    {"Labels", nullptr},
                    {"Volumes", nullptr},
                    {"OnBuild", nullptr}};
  EXPECT_EQ(rewritten(json), config_json());
  for (const auto* name : {"os", "architecture", "rootfs"}) {
    Json without = config_json();
    without[name] = nullptr;
    expect_error(ErrorKind::integrity, std::string("`") + name + "` is missing",
                 [&] { parsed_config(without); });
  }
  Json without = config_json();
  without["rootfs"]["diff_ids"] = nullptr;
  expect_error(ErrorKind::integrity, "`diff_ids` is missing", [&] { parsed_config(without); });
}

TEST(Config, Hostile117_CountsThatDisagree) {
  Json json = config_json();
  json["history"] = Json::array({{{"created_by", "x"}}, {{"empty_layer", true}}});
  EXPECT_EQ(parsed_config(json).history.size(), 2U);
  json["history"].push_back({{"created_by", "y"}});
  expect_error(ErrorKind::integrity, "1 diff_ids but 2", [&] { parsed_config(json); });
  json = config_json();
  json["rootfs"]["type"] = "tarballs";
  expect_error(ErrorKind::integrity, "tarballs", [&] { parsed_config(json); });
}

TEST(Config, Hostile118_NotJson) {
  expect_error(ErrorKind::integrity, "config of x", [] { parse_config("name: helm", "config of x"); });
  expect_error(ErrorKind::integrity, "config of x", [] { parse_config("[]", "config of x"); });
  expect_error(ErrorKind::integrity, "config of x", [] { parse_config("{}", "config of x"); });
}

TEST(Config, Hostile124_OddConfigsArePreserved) {
  Json json = config_json();
  json["config"] = {{"Env", {"PATH=/bin", "NOVALUE", ""}},
                    {"Entrypoint", "/bin/sh -c x"},
                    {"Healthcheck", {{"Interval", 30000000000}, {"Test", {"CMD", "x"}}}},
                    {"OnBuild", {"RUN x"}},
                    {"Shell", {"/bin/sh"}},
                    {"ArgsEscaped", true}};
  json["container_config"] = {{"Tty", false}};
  EXPECT_EQ(rewritten(json), json);
  ImageConfig config = parsed_config(json);
  config.execution.entrypoint = {{"/api"}};
  EXPECT_EQ(Json::parse(write_config(config).bytes)["config"]["Entrypoint"], Json::array({"/api"}));
}

TEST(Config, Hostile125_DatesAreKeptVerbatim) {
  for (const auto* date : {"yesterday", "0000-01-01T00:00:00Z", "2024-01-01T00:00:00.123456789012Z"}) {
    Json json = config_json();
    json["created"] = date;
    json["history"] = Json::array({{{"created", date}}});
    EXPECT_EQ(rewritten(json), json);
  }
}

TEST(Config, Hostile114_DoubledNames) {
  expect_error(ErrorKind::integrity, "twice", [] { parse_config(R"({"os":"linux","os":"plan9"})", "c"); });
}

TEST(Config, IllTypedFields) {
  for (const auto& field :
       {std::pair("User", Json(5)), std::pair("Env", Json("A=1")), std::pair("Env", Json::array({1})),
        std::pair("Entrypoint", Json::array({1})), std::pair("Labels", Json::array({1})),
        std::pair("Volumes", Json("x")), std::pair("Labels", Json({{"a", 1}}))}) {
    Json json = config_json();
    json["config"] = {{field.first, field.second}};
    expect_error(ErrorKind::integrity, field.first, [&] { parsed_config(json); });
  }
}

}  // namespace
}  // namespace whittle::layers
