#include "optimizer/stub_overlay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/error.hpp"

namespace whittle::optimizer {
namespace {

using builder::ListedPackage;

ListedPackage placed_package(const std::string& path, const std::string& name, const std::string& folder,
                             const std::string& module) {
  ListedPackage listed;
  listed.import_path = path;
  listed.name = name;
  listed.folder = folder;
  listed.files = {"a.go", "a.s"};
  listed.other_files = {"a_windows.go"};
  listed.compiled = {"a.go"};
  listed.module = module;
  if (!module.empty()) {
    listed.module_version = "v1.2.3";
    listed.module_folder = "/modules/m@v1.2.3";
    listed.module_file = "/modules/cache/m.mod";
  }
  return listed;
}

std::vector<ListedPackage> listing() {
  return {placed_package("m/x", "other", "/modules/m@v1.2.3/x", "m"),
          placed_package("m/y", "y", "/modules/m@v1.2.3/y", "m"),
          placed_package("fmt", "fmt", "/go/src/fmt", "")};
}

TEST(StubOverlay, TheRequestNamesPackagesAndTheirFiles) {
  const auto all = listing();
  const std::vector<const ListedPackage*> wanted = {all.data()};
  const auto request = stub_request(wanted, all, "/trial");
  EXPECT_EQ(request.at("Folder"), "/trial");
  EXPECT_EQ(request.at("Names").at("m/x"), "other");
  EXPECT_EQ(request.at("Packages"),
            Json::array({{{"Folder", "/modules/m@v1.2.3/x"}, {"Files", {"a.go"}}, {"Whole", true}}}));
}

TEST(StubOverlay, AModuleOfTheCacheMovesWhole) {
  const auto all = listing();
  const std::vector<const ListedPackage*> wanted = {all.data()};
  const auto result = overlay_for({{"Replace", {{"/modules/m@v1.2.3/x/a.go", "/trial/stub0.go"}}}}, wanted,
                                  all, "/modules", "/trial");
  const Json expected = {{"/trial/module1/go.mod", "/modules/cache/m.mod"},
                         {"/trial/module1/x/a.go", "/trial/stub0.go"},
                         {"/trial/module1/x/a.s", "/modules/m@v1.2.3/x/a.s"},
                         {"/trial/module1/x/a_windows.go", "/modules/m@v1.2.3/x/a_windows.go"},
                         {"/trial/module1/y/a.go", "/modules/m@v1.2.3/y/a.go"},
                         {"/trial/module1/y/a.s", "/modules/m@v1.2.3/y/a.s"},
                         {"/trial/module1/y/a_windows.go", "/modules/m@v1.2.3/y/a_windows.go"}};
  EXPECT_EQ(result.overlay.at("Replace"), expected);
  EXPECT_EQ(result.go_mod_lines, "\nreplace m v1.2.3 => /trial/module1\n");
}

TEST(StubOverlay, FilesElsewhereAreReplacedWhereTheyAre) {
  const auto all = listing();
  const std::vector<const ListedPackage*> wanted = {&all[2]};
  const Json printed = {{"Replace", {{"/go/src/fmt/a.go", "/trial/stub0.go"}}}};
  const auto result = overlay_for(printed, wanted, all, "/modules", "/trial");
  EXPECT_EQ(result.overlay, printed);
  EXPECT_EQ(result.go_mod_lines, "");
}

TEST(StubOverlay, SomethingElseIsNoOverlay) {
  EXPECT_THROW(overlay_for(Json::array(), {}, {}, "/modules", "/trial"), Error);
}

}  // namespace
}  // namespace whittle::optimizer
