#include "evidence/component.hpp"

#include <gmock/gmock.h>

#include "evidence/go_components.hpp"

namespace whittle::evidence {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using Kind = Component::Kind;

binaries::BuildInfo info_of(std::string_view text) {
  auto info = binaries::parse_module_info(text);
  info.go_version = "go1.26.8 X:something";
  return info;
}

std::vector<Component> components_of(std::string_view text) {
  return evidence::components_of(info_of(text), "usr/bin/api", Digest::of(std::string_view("x")));
}

TEST(GoComponents, AProgramWithItsModules) {
  const auto parts = components_of(
      "path\texample.com/shop/cmd/api\nmod\texample.com/shop\t(devel)\t\ndep\texample.com/"
      "a\tv1.2.3\th1:aaa=\n");
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0].kind, Kind::program);
  EXPECT_EQ(parts[0].made_from, parts[1].id());
  EXPECT_THAT(parts[0].uses, testing::UnorderedElementsAre(parts[2].id(), parts[3].id()));
  EXPECT_EQ(parts[1].name, "example.com/shop");
  EXPECT_EQ(parts[1].version, "");  // (devel) is none
  EXPECT_EQ(parts[2].sum, "h1:aaa=");
  EXPECT_FALSE(parts[2].digest) << "no module hash is passed off as a file hash";
  EXPECT_EQ(parts[3].purl(), "pkg:golang/stdlib@1.26.8");
}

TEST(GoComponents, Hostile249_TheStandardLibraryIsAlwaysThere) {
  const auto parts = components_of("");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].kind, Kind::go_standard_library);
  EXPECT_EQ(parts[0].made_from, "");
}

TEST(GoComponents, Hostile249_WhatReplacesAModule) {
  const auto parts = components_of(
      "dep\texample.com/a\tv1.2.3\n=>\texample.com/fork\tv2.0.0\th1:bbb=\n"
      "dep\texample.com/b\tv1.0.0\n=>\t../b\t(devel)\t\n"
      "dep\texample.com/c\tv1.0.0\n=>\t/home/me/c\t\t\n");
  EXPECT_EQ(parts[1].purl(), "pkg:golang/example.com/fork@v2.0.0");
  EXPECT_EQ(parts[1].remark, "in place of example.com/a v1.2.3");
  EXPECT_EQ(parts[2].purl(), "pkg:golang/example.com/b");
  EXPECT_EQ(parts[2].remark, "example.com/b v1.0.0 is replaced by the folder ../b");
  EXPECT_EQ(parts[3].remark, "example.com/c v1.0.0 is replaced by a folder");  // hostile 248
}

TEST(Component, Hostile249_PathsOfEveryKindHaveValidIdentifiers) {
  for (const auto* name :
       {"github.com/BurntSushi/toml", "example.com/Übung", "a b/<c>\"", "../x", "\\u202e"}) {
    for (const auto* version : {"", "v2.0.0+incompatible", "v0.0.0-20240102030405-abcdefabcdef"}) {
      const Component component{.name = name, .version = version};
      EXPECT_THAT(component.id(), MatchesRegex("[a-zA-Z0-9.-]+"));
      EXPECT_THAT(component.purl(), MatchesRegex("pkg:[a-zA-Z0-9./%@~_-]+"));
    }
  }
  EXPECT_EQ((Component{.name = "github.com/BurntSushi/toml", .version = "v1+incompatible"}).purl(),
            "pkg:golang/github.com/BurntSushi/toml@v1%2Bincompatible");
}

TEST(Component, PackagesNameTheirDistribution) {
  Component package{.kind = Kind::deb,
                    .name = "libstdc++6",
                    .version = "1:12.2.0-14",
                    .architecture = "amd64",
                    .distribution = "debian-12"};
  EXPECT_EQ(package.purl(), "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64&distro=debian-12");
  package.distribution = "debian";
  EXPECT_THAT(package.purl(), Not(HasSubstr("distro")));
}

TEST(Component, EqualOnesAreOneWithAllTheirOrigins) {
  std::vector<Component> components = {{.name = "b", .origins = {"y"}},
                                       {.name = "a"},
                                       {.name = "b", .origins = {"x"}},
                                       {.name = "b", .sum = "h1:other="}};
  settle(components);
  ASSERT_EQ(components.size(), 3U);
  EXPECT_EQ(components[0].name, "a");
  EXPECT_THAT(components, Contains(testing::Field(&Component::origins, ElementsAre("x", "y"))));
}

TEST(Component, IdentifiersTellApartWhatDiffersInAnything) {
  const Component one{.name = "ab", .version = "c"};
  EXPECT_NE(one.id(), (Component{.name = "a", .version = "bc"}).id());
  EXPECT_NE(one.id(), (Component{.name = "ab", .version = "c", .sum = "h1:x="}).id());
  EXPECT_EQ(one.id(), (Component{.name = "ab", .version = "c", .origins = {"elsewhere"}}).id());
}

}  // namespace
}  // namespace whittle::evidence
