#include "optimizer/import_groups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/file.hpp"

namespace whittle::optimizer {
namespace {

using attribution::Node;
using attribution::Size;
using builder::ListedPackage;
using testing::ElementsAre;
using testing::IsEmpty;

ListedPackage package(const std::string& path, const std::string& module, std::vector<std::string> imports) {
  ListedPackage listed;
  listed.import_path = path;
  listed.imports = std::move(imports);
  listed.module = module;
  listed.standard = module.empty();
  return listed;
}

const std::string shop = "example.com/shop";
const std::string main_path = "example.com/shop/cmd/api";

std::vector<ListedPackage> shop_listing() {
  return {package("runtime", "", {}),
          package("fmt", "", {"runtime"}),
          package("encoding/json", "", {"fmt"}),
          package("net/http", "", {"fmt", "crypto/tls"}),
          package("crypto/tls", "", {"fmt"}),
          package("example.com/fat/inner", "example.com/fat", {"encoding/json"}),
          package("example.com/fat", "example.com/fat", {"example.com/fat/inner", "example.com/bone/v2"}),
          package("example.com/bone/v2", "example.com/bone/v2", {}),
          package("example.com/bone", "example.com/bone", {}),
          package("example.com/shop/store", shop, {"example.com/fat", "example.com/bone"}),
          package(main_path, shop, {"example.com/shop/store", "net/http", "fmt"})};
}

PackageSizes shop_sizes() {
  return {{"runtime", {900, 900}},           {"fmt", {90, 90}},
          {"encoding/json", {50, 40}},       {"net/http", {80, 55}},
          {"crypto/tls", {20, 10}},          {"example.com/fat", {30, 20}},
          {"example.com/fat/inner", {1, 1}}, {"example.com/bone/v2", {9, 9}},
          {"example.com/bone", {4, 4}},      {"main", {5, 5}}};
}

std::vector<std::string> sized_names(const std::vector<ImportGroup>& groups) {
  std::vector<std::string> names;
  for (const auto& group : groups) names.push_back(group.name + " " + std::to_string(group.size.compressed));
  return names;
}

TEST(ImportGroups, CountWhatComesOnlyThroughThem) {
  const auto packages = shop_listing();
  // net/http brings crypto/tls; fat brings json, which is most of it, and bone/v2, which is not.
  EXPECT_THAT(sized_names(import_groups(packages, main_path, shop_sizes(), 9)),
              ElementsAre("example.com/fat 70", "net/http 65", "encoding/json 40", "example.com/bone 4"));
  EXPECT_THAT(sized_names(import_groups(packages, main_path, shop_sizes(), 1)),
              ElementsAre("example.com/fat 70"));
}

TEST(ImportGroups, WhatSomethingElseImportsStays) {
  auto packages = shop_listing();
  packages.back().imports.emplace_back("encoding/json");
  EXPECT_THAT(sized_names(import_groups(packages, main_path, shop_sizes(), 9)),
              ElementsAre("net/http 65", "encoding/json 40", "example.com/fat 30", "example.com/bone 4"));
}

TEST(ImportGroups, WhatOnlyGoItselfCanImportIsNotNamed) {
  auto packages = shop_listing();
  packages.back().imports.emplace_back("crypto/ecdsa");
  packages.push_back(package("crypto/ecdsa", "", {"crypto/internal/nistec"}));
  packages.push_back(package("crypto/internal/nistec", "", {}));
  auto of = shop_sizes();
  of["crypto/internal/nistec"] = {500, 500};
  EXPECT_THAT(sized_names(import_groups(packages, main_path, of, 2)),
              ElementsAre("crypto/ecdsa 500", "example.com/fat 70"));
}

TEST(ImportGroups, WhatIsNotReachedDoesNotCount) {
  auto packages = shop_listing();
  packages.back().imports = {"fmt"};
  EXPECT_THAT(import_groups(packages, main_path, shop_sizes(), 9), IsEmpty());
}

TEST(ImportGroups, TablesAndOwnCodeMayWeighMuch) {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  auto packages = shop_listing();
  const auto give_file = [&](const std::string& path, std::size_t bytes) {
    for (auto& one : packages) {
      if (one.import_path != path) continue;
      one.folder = folder.path() / path;
      one.compiled = {"table.go"};
      make_directories(one.folder);
      write_file(one.folder / "table.go", std::string(bytes, ' '), AtomicFile::Durability::content);
    }
  };
  give_file("example.com/bone", 70'000);
  give_file("example.com/bone/v2", 65'535);
  give_file("net/http", 100'000);
  give_file("fmt", 100'000);
  auto of = shop_sizes();
  of["example.com/shop/store"] = {40'000, 16'384};
  const auto besides = import_groups(packages, main_path, shop_sizes(), 2);
  EXPECT_THAT(sized_names(heavy_packages(packages, main_path, of, besides, 9)),
              ElementsAre("example.com/bone 4", "example.com/shop/store 16458"));
  EXPECT_THAT(sized_names(heavy_packages(packages, main_path, of, {}, 1)), ElementsAre("net/http 65"));
}

TEST(ImportGroups, VersionsOfAModuleBelongTogether) {
  const auto packages = shop_listing();
  const auto versions = several_versions(packages, main_path, shop_sizes());
  ASSERT_EQ(versions.size(), 1U);
  EXPECT_EQ(versions.begin()->first, "example.com/bone");
  EXPECT_THAT(sized_names(versions.begin()->second),
              ElementsAre("example.com/bone/v2 9", "example.com/bone 4"));
}

TEST(ImportGroups, VersionsOfGopkgInFollowADot) {
  const std::vector<ListedPackage> packages = {
      package("gopkg.in/yaml.v2", "gopkg.in/yaml.v2", {}),
      package("gopkg.in/yaml.v3", "gopkg.in/yaml.v3", {}),
      package("example.com/a.v2", "example.com/a.v2", {}),
      package("example.com/a.v3", "example.com/a.v3", {}),
      package("m", "m", {"gopkg.in/yaml.v2", "gopkg.in/yaml.v3", "example.com/a.v2", "example.com/a.v3"})};
  const auto versions = several_versions(packages, "m", {});
  ASSERT_EQ(versions.size(), 1U);
  EXPECT_EQ(versions.begin()->first, "gopkg.in/yaml");
}

TEST(ImportGroups, SizesAreThoseOfOneProgram) {
  const auto leaf = [](const std::string& name, std::uint64_t size) {
    return Node{name, Node::Kind::package, {size, size}, {}};
  };
  const auto file = [&](const std::string& name, std::uint64_t size) {
    return Node{name,
                Node::Kind::file,
                {},
                {{".text", Node::Kind::section, {}, {{"m", Node::Kind::module, {}, {leaf("fmt", size)}}}},
                 {".rodata", Node::Kind::section, {}, {leaf("fmt", size)}}}};
  };
  const std::vector<Node> layers = {
      {"sha256:1", Node::Kind::layer, {}, {file("usr/bin/api", 3), file("usr/bin/web", 50)}}};
  EXPECT_EQ(package_sizes(layers, "usr/bin/api"), (PackageSizes{{"fmt", {6, 6}}}));
}

}  // namespace
}  // namespace whittle::optimizer
