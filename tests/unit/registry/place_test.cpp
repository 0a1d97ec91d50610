#include "registry/place.hpp"

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Place;

const std::string digest = "@sha256:" + std::string(64, 'a');

TEST(Place, ReadsARegistry) {
  const auto place = Place::parse("registry.example.com/shop/api:1.4" + digest);
  EXPECT_EQ(place.kind, Place::Kind::registry);
  EXPECT_EQ(place.tag, "1.4");
  EXPECT_EQ(place.reference->repository, "shop/api");
  EXPECT_EQ("@" + place.digest->text(), digest);
  EXPECT_EQ(place.text(), "registry.example.com/shop/api:1.4");
}

TEST(Place, Hostile206_ReadsALayoutInOneWay) {
  struct Case {
    std::string text, folder, tag;
  };
  const std::vector<Case> cases = {
      {"oci:out", "out", ""},
      {"oci:/a/b:1.4", "/a/b", "1.4"},
      {"oci:./x y:t", "./x y", "t"},
      {"oci:/a/b/", "/a/b", ""},
      {"oci:/a:b/", "/a:b", ""},
      {"oci:/a:b/c:t", "/a:b/c", "t"},
      {"oci:a:b:c", "a:b", "c"},
      {"oci:user@home:t", "user@home", "t"},
      {"oci:a@sha256:1/:t", "a@sha256:1", "t"},
      {"oci:a@sha256/:t", "a@sha256", "t"},
      {"oci:user@home", "user@home", ""},
      {"oci:/", "/", ""},
      {"oci:\xff\xfe:t", "\xff\xfe", "t"},
      {"oci:" + std::string(4095, 'x'), std::string(4095, 'x'), ""},
  };
  for (const auto& one : cases) {
    const auto place = Place::parse(one.text);
    EXPECT_EQ(place.kind, Place::Kind::layout);
    EXPECT_EQ(place.folder, one.folder) << one.text;
    EXPECT_EQ(place.tag, one.tag) << one.text;
    const auto again = Place::parse(place.text());
    EXPECT_EQ(again.folder, place.folder) << one.text;
    EXPECT_EQ(again.tag, place.tag) << one.text;
  }
  const auto pinned = Place::parse("oci:/a:t" + digest);
  EXPECT_EQ(pinned.folder, "/a");
  EXPECT_EQ(pinned.tag, "t");
  EXPECT_EQ("@" + pinned.digest->text(), digest);
}

TEST(Place, Hostile206_RefusesWhatIsAmbiguous) {
  for (const std::string& text :
       {std::string("oci:"), std::string("oci::t"), std::string("oci:a:"), std::string("oci:a:b c"),
        std::string("oci:a@sha256:123"), std::string("oci:a@md5:0123456789abcdef0123456789abcdef0"),
        std::string("oci:a\0b", 7), "oci:" + std::string(4096, 'x')}) {
    const auto error = expect_error(ErrorKind::usage, "", [&] { Place::parse(text); });
    EXPECT_FALSE(error.hints().empty()) << text;
  }
}

TEST(Place, ReadsTheStore) {
  const auto place = Place::parse("local:shop/API_2:1.4" + digest);
  EXPECT_EQ(place.kind, Place::Kind::store);
  EXPECT_EQ(place.name, "shop/API_2");
  EXPECT_EQ(place.tag, "1.4");
  EXPECT_EQ(place.text(), "local:shop/API_2:1.4");
  for (const std::string text :
       {"local:", "local:a:", "local:../a", "local:/a", "local:a/", "local:a//b", "local:a b", "local:a:b:c"})
    expect_error(ErrorKind::usage, "", [&] { Place::parse(text); });
}

TEST(Place, Hostile206_ReadsAnArchiveInOneWay) {
  struct Case {
    std::string text, file, tag, reference;
  };
  const std::vector<Case> cases = {
      {"oci-archive:x.tar", "x.tar", "", ""},
      {"oci-archive:/a/b.tar:1.4", "/a/b.tar", "1.4", ""},
      {"oci-archive:a:b.tar:", "a:b.tar", "", ""},
      {"oci-archive:a:b.tar:t", "a:b.tar", "t", ""},
      {"oci-archive:/a:b/c.tar", "/a:b/c.tar", "", ""},
      {"oci-archive:-", "-", "", ""},
      {"oci-archive:-:t", "-", "t", ""},
      {"oci-archive:user@home", "user@home", "", ""},
      {"oci-archive:\xff x", "\xff x", "", ""},
      {"oci-archive:" + std::string(4095, 'x'), std::string(4095, 'x'), "", ""},
      {"docker-archive:x.tar", "x.tar", "", ""},
      {"docker-archive:x.tar:api", "x.tar", "", "docker.io/library/api"},
      {"docker-archive:/a/x.tar:localhost:5000/shop/api:1.4", "/a/x.tar", "1.4",
       "localhost:5000/shop/api:1.4"},
      {"docker-archive:-:shop/api:1", "-", "1", "docker.io/shop/api:1"},
  };
  for (const auto& one : cases) {
    const auto place = Place::parse(one.text);
    EXPECT_EQ(place.file, one.file) << one.text;
    EXPECT_EQ(place.tag, one.tag) << one.text;
    EXPECT_EQ(place.reference ? place.reference->text() : "", one.reference) << one.text;
    EXPECT_EQ(place.is_stream(), one.file == "-");
    const auto again = Place::parse(place.text());
    EXPECT_EQ(again.kind, place.kind) << one.text;
    EXPECT_EQ(again.file, place.file) << one.text;
    EXPECT_EQ(again.tag, place.tag) << one.text;
  }
  for (const std::string form :
       {"oci-archive:x.tar:t", "docker-archive:x.tar:a/b:t", "docker-daemon:a/b:t"}) {
    const auto pinned = Place::parse(form + digest);
    EXPECT_EQ("@" + pinned.digest->text(), digest);
    EXPECT_EQ(pinned.tag, "t");
  }
}

TEST(Place, Hostile206_RefusesArchivesThatAreNone) {
  for (const std::string& text :
       {std::string("oci-archive:"), std::string("oci-archive::t"), std::string("oci-archive:a/"),
        std::string("oci-archive:a:b c"), std::string("oci-archive:a\0b", 15),
        "oci-archive:" + std::string(4096, 'x'), std::string("docker-archive:"),
        std::string("docker-archive:/a/:b"), std::string("docker-archive::a"),
        std::string("docker-archive:x.tar:UPPER"), std::string("docker-archive:x.tar:"),
        "oci-archive:x@sha256:1:" + digest, "oci-archive:x" + digest + digest,
        std::string("docker-archive:x@sha256:12"), std::string("docker-daemon:"),
        std::string("docker-daemon:UPPER")}) {
    const auto error = expect_error(ErrorKind::usage, "", [&] { Place::parse(text); });
    EXPECT_FALSE(error.hints().empty()) << text;
  }
}

TEST(Place, ReadsTheDaemon) {
  const auto place = Place::parse("docker-daemon:shop/api:1.4");
  EXPECT_EQ(place.kind, Place::Kind::docker_daemon);
  EXPECT_EQ(place.reference->text(), "docker.io/shop/api:1.4");
  EXPECT_EQ(place.text(), "docker-daemon:docker.io/shop/api:1.4");
}

}  // namespace
}  // namespace whittle::test
