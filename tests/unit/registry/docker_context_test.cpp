#include "registry/docker_context.hpp"

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::docker_endpoint;
using registry::docker_socket;
using testing::HasSubstr;

class DockerContextTest : public PlaceTest {
 protected:
  void write(const std::filesystem::path& name, const std::string& text) const {
    make_directories((path() / name).parent_path());
    write_file(path() / name, text, AtomicFile::Durability::content);
  }
  void add_context(const std::string& name, const std::string& meta) const {
    write(std::filesystem::path("contexts/meta") / Digest::of(name).hex() / "meta.json", meta);
  }
  static std::string meta(const std::string& host) {
    return R"({"Name":"x","Metadata":{},"Endpoints":{"docker":{"Host":")" + host +
           R"(","SkipTLSVerify":false}}})";
  }
  // Where that environment leads with the test's folder as Docker's.
  std::string socket(const std::string& host = {}, const std::string& context = {}) const {
    return docker_socket(docker_endpoint({host, context, path()}));
  }
};

TEST_F(DockerContextTest, TheHostComesBeforeTheContextAndThatBeforeTheFile) {
  EXPECT_EQ(socket(), "/var/run/docker.sock");
  write("config.json", R"({"auths":{},"currentContext":"mine"})");
  add_context("mine", meta("unix:///run/mine.sock"));
  add_context("other", meta("unix:///run/other.sock"));
  EXPECT_EQ(socket(), "/run/mine.sock");
  EXPECT_EQ(socket({}, "other"), "/run/other.sock");
  EXPECT_EQ(socket({}, "default"), "/var/run/docker.sock");
  EXPECT_EQ(socket("unix:///run/x.sock", "other"), "/run/x.sock");
  EXPECT_EQ(docker_socket(docker_endpoint({})), "/var/run/docker.sock");
}

TEST_F(DockerContextTest, AContextWithoutAHostIsDockersDefault) {
  add_context("empty", R"({"Endpoints":{"docker":{}}})");
  add_context("odd", R"({"Endpoints":[1]})");
  EXPECT_EQ(socket({}, "empty"), "/var/run/docker.sock");
  EXPECT_EQ(socket({}, "odd"), "/var/run/docker.sock");
}

TEST_F(DockerContextTest, WhatIsAbsentOrBrokenIsNamed) {
  const auto error = expect_error(ErrorKind::not_found, "the Docker context \"../../x\" is not there",
                                  [&] { socket({}, "../../x"); });
  EXPECT_THAT(error.hints(), testing::Contains(HasSubstr("docker context ls")));
  add_context("cut", "{\"Endpoints\":");
  expect_error(ErrorKind::usage, "meta.json", [&] { socket({}, "cut"); });
  write("config.json", "{");
  expect_error(ErrorKind::usage, "config.json", [&] { socket(); });
}

TEST_F(DockerContextTest, OnlyUnixSocketsCanBeAsked) {
  add_context("far", meta("ssh://me@build.example.com"));
  expect_error(ErrorKind::unsupported, "the Docker context \"far\" is \"ssh://…@build.example.com\"",
               [&] { socket({}, "far"); });
  for (const char* host :
       {"tcp://localhost:2375", "ssh://me:canary@host", "npipe:////./pipe/docker", "fd://", "x"}) {
    const auto error = expect_error(ErrorKind::unsupported, "DOCKER_HOST is", [&] { socket(host); });
    EXPECT_THAT(error.message(), testing::Not(HasSubstr("canary")));
    EXPECT_THAT(error.hints(), testing::Contains(HasSubstr("docker-archive:")));
  }
  expect_error(ErrorKind::usage, "absolute", [&] { socket("unix://x.sock"); });
  expect_error(ErrorKind::usage, "absolute", [&] { socket("unix:///" + std::string(200, 'x')); });
}

}  // namespace
}  // namespace whittle::test
