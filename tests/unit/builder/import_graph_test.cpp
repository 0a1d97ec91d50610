#include "builder/import_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whittle::builder {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ListedPackage package(const std::string& path, const std::string& module, std::vector<std::string> imports) {
  ListedPackage listed;
  listed.import_path = path;
  listed.imports = std::move(imports);
  listed.module = module;
  return listed;
}

const std::string shop = "example.com/shop";

std::vector<ListedPackage> listing() {
  return {
      package("example.com/shop/cmd/api", shop, {"example.com/shop/store", "example.com/shop/web", "fmt"}),
      package("example.com/shop/web", shop, {"example.com/text/fat"}),
      package("example.com/shop/store", shop, {"example.com/text/fat", "encoding/json"}),
      package("example.com/text/fat", "example.com/text", {"encoding/json", "example.com/text/deep"}),
      package("example.com/text/deep", "example.com/text", {}),
      package("encoding/json", "", {"reflect"}),
      package("fmt", "", {"reflect"}),
      package("reflect", "", {"runtime"}),
      package("runtime", "", {}),
      package("example.com/shop/cmd/other", shop, {"example.com/other"}),
      package("example.com/other", "example.com/other", {})};
}

ImportGraph graph() {
  return {listing(), "example.com/shop/cmd/api"};
}

TEST(ImportGraph, FindsTheShortestChain) {
  EXPECT_THAT(graph().chain("reflect"), ElementsAre("example.com/shop/cmd/api", "fmt", "reflect"));
  EXPECT_THAT(graph().chain("encoding/json"),
              ElementsAre("example.com/shop/cmd/api", "example.com/shop/store", "encoding/json"));
}

TEST(ImportGraph, OfEqualChainsTakesTheFirstByName) {
  auto packages = listing();
  const auto chain =
      ElementsAre("example.com/shop/cmd/api", "example.com/shop/store", "example.com/text/fat");
  EXPECT_THAT(graph().chain("example.com/text/fat"), chain);
  std::swap(packages[0].imports[0], packages[0].imports[1]);
  std::swap(packages[1], packages[2]);
  EXPECT_THAT(ImportGraph(packages, "example.com/shop/cmd/api").chain("example.com/text/fat"), chain);
}

TEST(ImportGraph, TheChainToAModuleEndsAtItsNearestPackage) {
  EXPECT_THAT(graph().chain_to_module("example.com/text"),
              ElementsAre("example.com/shop/cmd/api", "example.com/shop/store", "example.com/text/fat"));
  EXPECT_THAT(graph().chain_to_module(shop), ElementsAre("example.com/shop/cmd/api"));
}

TEST(ImportGraph, WhatIsNoPartOfTheProgramHasNoChain) {
  EXPECT_THAT(graph().chain("example.com/other"), IsEmpty());
  EXPECT_THAT(graph().chain("example.com/nowhere"), IsEmpty());
  EXPECT_THAT(graph().chain_to_module("example.com/other"), IsEmpty());
  EXPECT_THAT(ImportGraph({}, "example.com/shop/cmd/api").chain("main"), IsEmpty());
}

TEST(ImportGraph, MainIsTheMainPackageAndTheRuntimeIsAlwaysThere) {
  EXPECT_THAT(graph().chain("main"), ElementsAre("example.com/shop/cmd/api"));
  EXPECT_THAT(graph().chain("runtime"), ElementsAre("example.com/shop/cmd/api", "runtime"));
}

TEST(ImportGraph, SurvivesPackagesThatImportEachOther) {
  const std::vector<ListedPackage> circle = {package("a", "a", {"b"}), package("b", "a", {"a", ""}),
                                             package("", "a", {"b"})};
  EXPECT_THAT(ImportGraph(circle, "a").chain(""), ElementsAre("a", "b", ""));
}

TEST(ImportGraph, TextNamesOwnPackagesByTheirFoldersAndEscapesTheRest) {
  EXPECT_EQ(graph().text(graph().chain("encoding/json")), "./cmd/api → ./store → encoding/json");
  EXPECT_EQ(graph().text({}), "");
  const ImportGraph root(
      {package(shop, shop, {"example.com/shopping", "bad\x1b[31m"}),
       package("example.com/shopping", "example.com/shopping", {}), package("bad\x1b[31m", "bad", {})},
      shop);
  EXPECT_EQ(root.text(root.chain("example.com/shopping")), ". → example.com/shopping");
  EXPECT_EQ(root.text(root.chain("bad\x1b[31m")), ". → bad\\x1b[31m");
}

TEST(GoList, SaysWhichModuleAPackageIsFrom) {
  const auto packages = parse_go_list(
      "{\n\"ImportPath\": \"example.com/text\",\n\"Module\": {\n\t\t\"Path\": \"example.com/text\"\n\t}\n}\n"
      "{\n\"ImportPath\": \"fmt\",\n\"Standard\": true\n}\n",
      layers::Platform::parse("linux/amd64"), {});
  ASSERT_EQ(packages.size(), 2U);
  EXPECT_EQ(packages[0].module, "example.com/text");
  EXPECT_EQ(packages[1].module, "");
}

}  // namespace
}  // namespace whittle::builder
