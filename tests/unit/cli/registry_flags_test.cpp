#include "cli/registry_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::cli {
namespace {

using testing::ElementsAre;
using Paths = std::vector<std::filesystem::path>;

builder::Host host(std::map<std::string, std::string, std::less<>> environment) {
  builder::Host host;
  host.environment = std::move(environment);
  host.home = "/home/me";
  return host;
}

TEST(RegistryFlags, Hostile185_TheOrderOfTheFiles) {
  EXPECT_EQ(access_options({}, host({})).credential_files,
            (Paths{"/home/me/.docker/config.json", "/home/me/.config/containers/auth.json"}));
  const auto all = host({{"REGISTRY_AUTH_FILE", "/a"},
                         {"DOCKER_CONFIG", "/d"},
                         {"XDG_RUNTIME_DIR", "/run/me"},
                         {"XDG_CONFIG_HOME", "/c"}});
  EXPECT_EQ(access_options({}, all).credential_files,
            (Paths{"/a", "/d/config.json", "/run/me/containers/auth.json", "/c/containers/auth.json"}));
  RegistryFlags flags;
  flags.authfile = "mine";
  EXPECT_EQ(access_options(flags, all).credential_files.front(), "mine");
  EXPECT_EQ(access_options(flags, all).credential_files.size(), 4U);
  auto homeless = host({});
  homeless.home.clear();
  EXPECT_TRUE(access_options({}, homeless).credential_files.empty());
}

TEST(RegistryFlags, Hostile187_AHelperGetsNoMoreThanItNeeds) {
  const auto options = access_options({}, host({{"PATH", "/bin"},
                                                {"AWS_PROFILE", "p"},
                                                {"GITHUB_TOKEN", "canary"},
                                                {"LD_PRELOAD", "canary"},
                                                {"DOCKER_PASSWORD", "canary"}}));
  EXPECT_THAT(options.helpers.environment, ElementsAre("AWS_PROFILE=p", "PATH=/bin"));
}

TEST(RegistryFlags, AuthoritiesAreTheSystemsUnlessTheEnvironmentNamesAFile) {
  EXPECT_EQ(access_options({}, host({})).authorities, "");
  EXPECT_EQ(access_options({}, host({{"SSL_CERT_FILE", "/a/b.pem"}})).authorities, "/a/b.pem");
}

TEST(RegistryFlags, FilesAreForAHostOrForAll) {
  RegistryFlags flags;
  flags.authorities = {"ca.pem", "a.b:5000=/x/ca.pem", "./c=d.pem", "=e.pem"};
  const auto files = access_options(flags, host({})).certificates.authorities;
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files[0].host + '|' + files[0].file.native(), "|ca.pem");
  EXPECT_EQ(files[1].host + '|' + files[1].file.native(), "a.b:5000|/x/ca.pem");
  EXPECT_EQ(files[2].host + '|' + files[2].file.native(), "|./c=d.pem");
  EXPECT_EQ(files[3].host + '|' + files[3].file.native(), "|=e.pem");
  EXPECT_EQ(access_options(flags, host({})).certificates.folders,
            (Paths{"/home/me/.config/containers/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d"}));
}

TEST(RegistryFlags, OneNamedRegistriesConfStandsAlone) {
  const auto usual = access_options({}, host({})).registries;
  EXPECT_EQ(usual.files,
            (Paths{"/home/me/.config/containers/registries.conf", "/etc/containers/registries.conf"}));
  EXPECT_EQ(usual.folders,
            (Paths{"/etc/containers/registries.conf.d", "/home/me/.config/containers/registries.conf.d"}));
  const auto named = access_options({}, host({{"CONTAINERS_REGISTRIES_CONF", "/r"}})).registries;
  EXPECT_EQ(named.files, Paths{"/r"});
  EXPECT_TRUE(named.folders.empty());
  EXPECT_TRUE(named.named);
}

TEST(RegistryFlags, Hostile170_ProxiesInSmallLettersComeFirst) {
  const auto proxies = access_options({}, host({{"HTTPS_PROXY", "capital"},
                                                {"https_proxy", "small"},
                                                {"HTTP_PROXY", "ignored"},
                                                {"ALL_PROXY", "all"},
                                                {"NO_PROXY", "none"}}))
                           .proxies;
  EXPECT_EQ(proxies.https, "small");
  EXPECT_EQ(proxies.http, "");
  EXPECT_EQ(proxies.all, "all");
  EXPECT_EQ(proxies.none, "none");
}

TEST(RegistryFlags, DockersDaemonIsWhereItsClientLooks) {
  const auto docker =
      access_options({}, host({{"DOCKER_HOST", "unix:///x"}, {"DOCKER_CONTEXT", "mine"}})).docker;
  EXPECT_EQ(docker.host, "unix:///x");
  EXPECT_EQ(docker.context, "mine");
  EXPECT_EQ(docker.config, "/home/me/.docker");
  EXPECT_EQ(access_options({}, host({{"DOCKER_CONFIG", "/d"}})).docker.config, "/d");
}

}  // namespace
}  // namespace whittle::cli
