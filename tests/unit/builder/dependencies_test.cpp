#include "builder/dependencies.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

// A project of one main and one library with an embedded folder, and a GOROOT of one package.
class DependenciesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* file : {"p/cmd/api/main.go", "p/lib/lib.go", "p/lib/static/page.html", "p/lib/lib_windows.go", "p/go.mod", "go/src/runtime/r.go",
                             "go/src/runtime/r_windows.go"})
      write(file, file);
    ListedPackage main{"example.com/p/cmd/api", "main", root() / "p/cmd/api", {"main.go"}, {}, {"example.com/p/lib"}, false, true};
    ListedPackage lib{"example.com/p/lib", "lib", root() / "p/lib", {"lib.go", "static/page.html"}, {"static"}, {}, false, false, {"lib_windows.go"}};
    ListedPackage runtime{"runtime", "runtime", root() / "go/src/runtime", {"r.go"}, {}, {}, true, false, {"r_windows.go"}};
    listing = {main, lib, runtime};
    FileStates states(root() / "states");
    Dependencies dependencies(roots());
    dependencies.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), states, 2, {});
    recorded = dependencies.digest_of("./cmd/api");
    dependencies.save(root() / "deps");
  }

  fs::path root() const { return folder.path(); }
  DependencyRoots roots() const { return {root() / "p", root() / "go", root() / "mod"}; }
  std::vector<fs::path> shared() const { return {root() / "p/go.mod", root() / "p/vendor/modules.txt"}; }
  void write(const fs::path& name, const std::string& text) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::trunc) << text;
  }
  std::optional<Digest> check() {
    FileStates states(root() / "states");
    return Dependencies::load(root() / "deps", roots()).check("./cmd/api", states, 2, {});
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  std::vector<ListedPackage> listing;
  std::optional<Digest> recorded;
};

TEST_F(DependenciesTest, NothingChangedIsKnownAcrossRuns) { EXPECT_EQ(check(), recorded); }

TEST_F(DependenciesTest, EachWayToChangeIsNoticed) {
  const std::vector<std::pair<const char*, std::function<void()>>> changes = {
      {"a source", [&] { write("p/lib/lib.go", "other"); }},
      {"an added file", [&] { write("p/lib/more.go", "package lib"); }},
      {"a deleted file", [&] { fs::remove(root() / "p/cmd/api/main.go"); }},
      {"an embedded file", [&] { write("p/lib/static/page.html", "other"); }},
      {"a file added to an embedded folder", [&] { write("p/lib/static/new.html", "x"); }},
      {"go.mod", [&] { write("p/go.mod", "other"); }},
      {"vendor appears", [&] { write("p/vendor/modules.txt", ""); }},
      {"the standard library", [&] { write("go/src/runtime/r.go", "other"); }},
      {"a file for another system", [&] { write("p/lib/lib_windows.go", "other"); }},
      {"a file of the standard library for another system that appears", [&] { write("go/src/runtime/s_windows.go", ""); }},
      {"one that goes away", [&] { fs::remove(root() / "go/src/runtime/r_windows.go"); }},
      {"a profile for the compiler", [&] { write("p/cmd/api/default.pgo", "x"); }},
  };
  for (const auto& [what, change] : changes) {
    SetUp();
    ASSERT_EQ(check(), recorded) << what;
    change();
    EXPECT_EQ(check(), std::nullopt) << what;
    fs::remove_all(root() / "p");
    fs::remove_all(root() / "go");
  }
}

// go leaves it out by its name: dependencies.cpp says why that holds for Go's own packages.
TEST_F(DependenciesTest, WhatAFileOfGoForAnotherSystemHoldsDoesNotMatter) {
  write("go/src/runtime/r_windows.go", "other");
  EXPECT_EQ(check(), recorded);
}

// A second main that shares `lib`: when the listing for the first one finds another lib, what is known of the second may
// lack what lib imports now.
TEST_F(DependenciesTest, AMainWithAPackageThatAnotherListingFoundChangedIsForgotten) {
  write("p/cmd/web/main.go", "package main");
  auto both = listing;
  both.push_back({"example.com/p/cmd/web", "main", root() / "p/cmd/web", {"main.go"}, {}, {"example.com/p/lib"}, false, true});
  FileStates states(root() / "states");
  Dependencies known(roots());
  known.record(both, {{"./cmd/api", "example.com/p/cmd/api"}, {"./cmd/web", "example.com/p/cmd/web"}}, shared(), states, 2, {});
  known.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), states, 2, {});
  EXPECT_TRUE(known.check("./cmd/web", states, 2, {}));
  write("p/lib/lib.go", "package lib // other");
  FileStates later(root() / "states");
  known.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), later, 2, {});
  EXPECT_TRUE(known.check("./cmd/api", later, 2, {}));
  EXPECT_EQ(known.check("./cmd/web", later, 2, {}), std::nullopt);
}

TEST_F(DependenciesTest, AnUnknownMainCountsAsChanged) {
  FileStates states(root() / "states");
  EXPECT_EQ(Dependencies::load(root() / "deps", roots()).check("./cmd/web", states, 2, {}), std::nullopt);
}

TEST_F(DependenciesTest, TheFileIsPortable) {
  const std::string text = read_file(root() / "deps", 1U << 20U);
  EXPECT_EQ(text.find(root().native()), std::string::npos) << text;
}

TEST_F(DependenciesTest, Hostile210_ABrokenFileCountsAsChanged) {
  const std::string text = read_file(root() / "deps", 1U << 20U);
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    write("deps", text.substr(0, length));
    EXPECT_EQ(check(), std::nullopt) << length;
  }
}

}  // namespace
}  // namespace whittle::builder
