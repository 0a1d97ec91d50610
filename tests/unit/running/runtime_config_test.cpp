#include "running/runtime_config.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

layers::ImageConfig image() {
  layers::ImageConfig config{layers::Platform::parse("linux/amd64")};
  config.execution.entrypoint = {"/bin/api"};
  config.execution.cmd = {"--listen", ":8080"};
  config.execution.env = {"A=1", "GODEBUG=x=1"};
  return config;
}

std::vector<std::string> kinds_of(const Json& namespaces) {
  std::vector<std::string> kinds;
  for (const auto& one : namespaces) kinds.push_back(one["type"]);
  return kinds;
}

const Json* mount_at(const Json& config, const std::string& path) {
  for (const auto& mount : config["mounts"])
    if (mount["destination"] == path) return &mount;
  return nullptr;
}

TEST(RuntimeConfig, Hostile266_IsConfinedWhateverTheImageSays) {
  auto config = image();
  config.execution.user = "0";
  config.execution.volumes = {"/data", "../escape", "/a/../b", "relative"};
  const auto json = runtime_config(config, {}, {});
  EXPECT_EQ(json["process"]["args"], Json({"/bin/api", "--listen", ":8080"}));
  EXPECT_EQ(json["process"]["cwd"], "/");
  EXPECT_TRUE(json["process"]["noNewPrivileges"]);
  for (const auto& [kind, capabilities] : json["process"]["capabilities"].items())
    EXPECT_TRUE(capabilities.empty()) << kind;
  EXPECT_TRUE(json["root"]["readonly"]);
  EXPECT_THAT(kinds_of(json["linux"]["namespaces"]),
              ElementsAre("pid", "network", "ipc", "uts", "mount", "cgroup"));
  for (const auto& mount : json["mounts"]) EXPECT_NE(mount["type"], "bind");
  ASSERT_NE(mount_at(json, "/data"), nullptr);
  EXPECT_THAT((*mount_at(json, "/data"))["options"], Contains(Json("size=67108864")));
  EXPECT_EQ(json["mounts"].size(), 9U);
  EXPECT_EQ(json["linux"]["seccomp"]["syscalls"][0]["action"], "SCMP_ACT_ERRNO");
}

TEST(RuntimeConfig, LimitsAreSetWhereTheyMayBe) {
  Confinement confinement;
  confinement.memory = 1U << 28U;
  confinement.cpus = 0.5;
  confinement.cgroup = "whittle-smoke-x";
  EXPECT_FALSE(runtime_config(image(), {}, confinement)["linux"]["resources"].contains("memory"));
  confinement.limited = true;
  const auto json = runtime_config(image(), {}, confinement);
  const auto& resources = json["linux"]["resources"];
  EXPECT_EQ(resources["memory"], Json({{"limit", 1U << 28U}}));
  EXPECT_EQ(resources["cpu"]["quota"], 50'000);
  EXPECT_EQ(resources["pids"]["limit"], 512);
  EXPECT_EQ(json["linux"]["cgroupsPath"], "whittle-smoke-x");
  confinement.swap = true;
  EXPECT_EQ(runtime_config(image(), {}, confinement)["linux"]["resources"]["memory"]["swap"], 1U << 28U);
}

TEST(RuntimeConfig, AnOrdinaryCallerHasAUserNamespace) {
  Confinement confinement;
  confinement.uids = {{0, 1000, 1}};
  confinement.gids = {{0, 1000, 1}};
  const auto json = runtime_config(image(), {.groups = {5}}, confinement);
  EXPECT_THAT(kinds_of(json["linux"]["namespaces"]), Contains("user"));
  EXPECT_EQ(json["linux"]["uidMappings"][0]["hostID"], 1000);
  EXPECT_FALSE(json["process"]["user"].contains("additionalGids"));
  EXPECT_EQ(json["process"]["rlimits"][1]["type"], "RLIMIT_NPROC");
}

TEST(RuntimeConfig, ANamespaceWithManyUsersHasTheGroupsOfTheImage) {
  Confinement confinement;
  confinement.uids = confinement.gids = {{0, 1U << 30U, 65536}};
  const auto json = runtime_config(image(), {.uid = 7, .gid = 8, .groups = {5}}, confinement);
  EXPECT_EQ(json["process"]["user"], Json({{"uid", 7}, {"gid", 8}, {"additionalGids", {5}}}));
  EXPECT_EQ(json["linux"]["gidMappings"][0],
            Json({{"containerID", 0}, {"hostID", 1U << 30U}, {"size", 65536}}));
}

TEST(RuntimeConfig, VariablesOfTheCallerReplaceThoseOfTheImage) {
  Confinement confinement;
  confinement.env = {"GODEBUG=gctrace=1", "B=2"};
  const auto json = runtime_config(image(), {.home = "/home/app"}, confinement);
  EXPECT_EQ(json["process"]["env"],
            Json({"A=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  "HOME=/home/app", "GODEBUG=gctrace=1", "B=2"}));
}

TEST(RuntimeConfig, RefusesWhatCannotBeRun) {
  auto config = image();
  config.execution.entrypoint.reset();
  config.execution.cmd.reset();
  EXPECT_THAT(test::failure([&] { runtime_config(config, {}, {}); }),
              HasSubstr("unsupported: the image has neither"));
  config = image();
  config.execution.env = {"A=\xff"};
  EXPECT_THAT(test::failure([&] { runtime_config(config, {}, {}); }),
              HasSubstr("is no text that a runtime takes"));
}

}  // namespace
}  // namespace whittle::running
