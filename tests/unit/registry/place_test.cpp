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

TEST(Place, NamesWhatIsNotThereYet) {
  for (const std::string text : {"oci-archive:x.tar", "docker-archive:x.tar:a", "docker-daemon:a:b"})
    expect_error(ErrorKind::unsupported, "not supported", [&] { Place::parse(text); });
}

}  // namespace
}  // namespace whittle::test
