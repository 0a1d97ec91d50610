#include "registry/docker_daemon.hpp"

#include "tests/support/http_server.hpp"
#include "tests/unit/registry/archive_helpers.hpp"

namespace whittle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// A daemon that answers what a test says, and whose socket Access is given.
class DockerDaemonTest : public ArchivePlaceTest {
 protected:
  void answer(const Answer& with) {
    answer_ = with;
    if (server_) return;
    server_ = std::make_unique<HttpServer>([this](const Received&) { return answer_; }, socket());
  }
  std::filesystem::path socket() const { return path() / "docker.sock"; }
  registry::Access& docker() {
    if (!access_) {
      auto given = options();
      given.docker.host = "unix://" + socket().native();
      access_ = std::make_unique<registry::Access>(given, reporter_, stop_.get_token());
    }
    return *access_;
  }
  std::unique_ptr<registry::ImageSource> save(const std::string& rest = "shop/api:1.4") {
    return docker().source(registry::Place::parse("docker-daemon:" + rest));
  }
  void load(registry::ImageSource& image) {
    const auto out = docker().destination(registry::Place::parse("docker-daemon:shop/api:1.4"));
    copy(image, *out, {"1.4"});
  }
  std::string saved(MemoryImage& image) {
    const auto out = destination(place("docker-archive", ":shop/api:1.4"));
    copy(image, *out, {"1.4"});
    return written();
  }
  std::unique_ptr<HttpServer> server_;

 private:
  Answer answer_;
  std::unique_ptr<registry::Access> access_;
};

TEST_F(DockerDaemonTest, LoadsWhatIsADockerArchive) {
  answer({200, {}, "{\"stream\":\"Loaded image: shop/api:1.4\\n\"}\r\n"});
  auto image = runnable();
  load(image);
  EXPECT_THAT(server_->log(), ElementsAre("POST /images/load?quiet=1"));
  const auto request = server_->requests()[0];
  EXPECT_EQ(request.header("content-type"), "application/x-tar");
  EXPECT_EQ(request.body, saved(image));
  const auto config = layers::parse_manifest(image.root(), "manifest").config.digest.text();
  EXPECT_THAT(reporter_.lines(), testing::Contains(HasSubstr(config)));
}

TEST_F(DockerDaemonTest, Hostile264_AnErrorInALoadsAnswerIsAnError) {
  auto image = runnable();
  answer({200,
          {},
          "{\"status\":\"x\"}\n{\"errorDetail\":{\"message\":\"m\"},\"error\":\"no space\\u001b left\"}\n"});
  const auto error =
      expect_error(ErrorKind::registry, "could not load the image: no space", [&] { load(image); });
  EXPECT_THAT(error.message(), testing::Not(HasSubstr("\x1b")));
  answer({200, {}, "<html>"});
  expect_error(ErrorKind::registry, "", [&] { load(image); });
  answer({200, {}, "[]"});
  expect_error(ErrorKind::registry, "no message", [&] { load(image); });
  answer({500, {}, R"({"message":"it broke"})"});
  expect_error(ErrorKind::registry, "500 it broke", [&] { load(image); });
  answer({200, {}, std::string(registry::load_answer_limit + 1, ' ')});
  expect_error(ErrorKind::limit, "limit", [&] { load(image); });
  answer({200, {}, "{}", {}, {}, 1});
  expect_error(ErrorKind::network, "", [&] { load(image); });
}

TEST_F(DockerDaemonTest, ReadsWhatItSaves) {
  auto image = runnable();
  answer({200, {{"Content-Type", "application/x-tar"}}, saved(image)});
  expect_holds(*save(), image);
  EXPECT_THAT(server_->log(), ElementsAre("GET /images/docker.io/shop/api:1.4/get"));
  save("api");
  EXPECT_EQ(server_->log().back(), "GET /images/docker.io/library/api:latest/get");
  expect_error(ErrorKind::not_found, "is not in",
               [&] { save("shop/api:1.4@" + Digest::of("other").text())->root(); });
  EXPECT_TRUE(std::filesystem::is_empty(path() / "scratch"));
}

TEST_F(DockerDaemonTest, Hostile264_WhatItDoesNotHave) {
  answer({404, {}, R"({"message":"No such image: shop/api:1.4"})"});
  expect_error(ErrorKind::not_found, "No such image", [&] { save(); });
  answer({500, {}, "oops"});
  expect_error(ErrorKind::registry, "500 \"oops\"", [&] { save(); });
  answer({200, {}, "no archive at all"});
  expect_error(ErrorKind::integrity, "not a tar archive", [&] { save(); });
}

TEST_F(DockerDaemonTest, Hostile264_AnAnswerThatIsCutOffIsNoArchive) {
  auto image = runnable();
  Answer cut{200, {}, saved(image)};
  cut.cut_after = 1000;
  answer(cut);
  expect_error(ErrorKind::network, "saving docker.io/shop/api:1.4", [&] { save(); });
}

TEST_F(DockerDaemonTest, Hostile264_ADaemonThatIsNotThere) {
  const auto error = expect_error(ErrorKind::network, "docker.sock", [&] { save(); });
  EXPECT_THAT(error.hints(), SizeIs(1));
  EXPECT_THAT(error.hints().front(), HasSubstr("DOCKER_HOST"));
  auto image = runnable();
  expect_error(ErrorKind::network, "docker.sock", [&] { load(image); });
}

}  // namespace
}  // namespace whittle::test
