#include "optimizer/image_sizes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whittle::optimizer {
namespace {

using attribution::Node;
using testing::ElementsAre;
using testing::Pair;
using Kind = attribution::Node::Kind;

Node node(std::string name, Kind kind, std::uint64_t compressed, std::vector<Node> children = {}) {
  return {std::move(name), kind, {2 * compressed, compressed}, std::move(children)};
}

// Two programs that share a module, one of another version there.
InspectedPlatform inspected_platform() {
  const auto text = node(".text", Kind::section, 70,
                         {node("standard library", Kind::module, 40,
                               {node("fmt", Kind::package, 30), node("os", Kind::package, 10)}),
                          node("example.com/a v1.0.0 => ../a (devel)", Kind::module, 20,
                               {node("example.com/a", Kind::package, 20, {node("F", Kind::function, 20)})}),
                          node("made by the compiler", Kind::module, 10)});
  const auto data =
      node(".rodata", Kind::section, 5,
           {node("example.com/a v1.1.0", Kind::module, 5, {node("example.com/a", Kind::package, 5)})});
  InspectedPlatform platform{{"", Digest::of(""), 0}, {}, {}, {}};
  platform.compressed_size = 1'000;
  platform.layers = {{{"", Digest::of("a"), 600}, {}, {}, "whittle build: static"},
                     {{"", Digest::of("b"), 400}, {}, {}, "whittle build: binaries"}};
  platform.tree = {node("sha256:…", Kind::layer, 400,
                        {node("usr/bin/a", Kind::file, 70, {text}), node("usr/bin/b", Kind::file, 5, {data}),
                         node("odd\xff", Kind::file, 1), node("end of the archive", Kind::part, 2)})};
  return platform;
}

TEST(ImageSizes, AreSumsByName) {
  const auto sizes = sizes_of(inspected_platform());
  EXPECT_EQ(sizes.image, 1'000U);
  EXPECT_THAT(sizes.layers, ElementsAre(Pair("base", 600), Pair("binaries", 400)));
  EXPECT_THAT(sizes.files, ElementsAre(Pair("/odd\\xff", 1), Pair("/usr/bin/a", 70), Pair("/usr/bin/b", 5)));
  EXPECT_THAT(sizes.modules,
              ElementsAre(Pair("example.com/a", 25), Pair("made by the compiler", 10), Pair("std", 40)));
  EXPECT_THAT(sizes.packages, ElementsAre(Pair("example.com/a", 25), Pair("fmt", 30), Pair("os", 10)));
  EXPECT_THAT(sizes.versions, ElementsAre(Pair("example.com/a", "v1.1.0")));
}

TEST(ImageSizes, ComeBackFromTheCacheWithoutFiles) {
  const auto sizes = sizes_of(inspected_platform());
  const auto again = sizes_from_json(parse_json(canonical(to_json(sizes)), "a cache entry"));
  EXPECT_EQ(again.image, sizes.image);
  EXPECT_EQ(again.layers, sizes.layers);
  EXPECT_EQ(again.modules, sizes.modules);
  EXPECT_EQ(again.packages, sizes.packages);
  EXPECT_EQ(again.versions, sizes.versions);
  EXPECT_TRUE(again.files.empty());
  EXPECT_ANY_THROW(sizes_from_json(Json::object()));
}

}  // namespace
}  // namespace whittle::optimizer
