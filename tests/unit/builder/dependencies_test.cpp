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
    for (const auto* file :
         {"p/cmd/api/main.go", "p/lib/lib.go", "p/lib/static/page.html", "p/lib/lib_windows.go", "p/go.mod",
          "go/src/runtime/r.go", "go/src/runtime/r_windows.go"})
      write(file, file);
    ListedPackage main{"example.com/p/cmd/api",
                       "main",
                       root() / "p/cmd/api",
                       {"main.go"},
                       {},
                       {"example.com/p/lib"},
                       false,
                       true};
    ListedPackage lib{"example.com/p/lib",
                      "lib",
                      root() / "p/lib",
                      {"lib.go", "static/page.html"},
                      {"static"},
                      {},
                      false,
                      false,
                      {"lib_windows.go"}};
    ListedPackage runtime{"runtime", "runtime", root() / "go/src/runtime", {"r.go"}, {}, {},
                          true,      false,     {"r_windows.go"}};
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

TEST_F(DependenciesTest, NothingChangedIsKnownAcrossRuns) {
  EXPECT_EQ(check(), recorded);
}

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
      {"a file of the standard library for another system that appears",
       [&] { write("go/src/runtime/s_windows.go", ""); }},
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

TEST_F(DependenciesTest, TheProjectsInputsAreNamedByPackageWithTheChainOfImports) {
  const auto known = Dependencies::load(root() / "deps", roots());
  const auto own = known.own_packages_of("./cmd/api");
  ASSERT_EQ(own.size(), 3U);
  EXPECT_EQ(own[0].import_path, "");  // go.mod and the like
  EXPECT_EQ(own[1].import_path, "example.com/p/cmd/api");
  EXPECT_EQ(own[1].importer, "");
  EXPECT_EQ(own[2].import_path, "example.com/p/lib");
  EXPECT_EQ(own[2].importer, "example.com/p/cmd/api");
  std::set<std::string> paths;
  for (const auto& package : own)
    for (const auto& input : package.inputs) paths.insert(input.path);
  EXPECT_TRUE(paths.contains("P/lib/static/page.html"));
  EXPECT_TRUE(paths.contains("P/vendor/modules.txt"));
  for (const auto& path : paths) EXPECT_TRUE(path.starts_with("P/")) << path;
}

// The only way to `deep` leads through a package of the module cache.
TEST_F(DependenciesTest, AChainMayLeadThroughPackagesOfOthers) {
  write("mod/other@v1/o.go", "package other");
  write("p/deep/deep.go", "package deep");
  listing[0].imports.emplace_back("example.com/other");
  listing.push_back(
      {"example.com/other", "other", root() / "mod/other@v1", {"o.go"}, {}, {"example.com/p/deep"}});
  listing.push_back({"example.com/p/deep", "deep", root() / "p/deep", {"deep.go"}, {}, {}});
  FileStates states(root() / "states");
  Dependencies known(roots());
  known.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), states, 2, {});
  std::map<std::string, std::string> importers;
  for (const auto& package : known.own_packages_of("./cmd/api"))
    importers.emplace(package.import_path, package.importer);
  EXPECT_EQ(importers.at("example.com/p/deep"), "example.com/other");
  EXPECT_EQ(importers.at("example.com/other"), "example.com/p/cmd/api");
}

// go leaves it out by its name: dependencies.cpp says why that holds for Go's own packages.
TEST_F(DependenciesTest, WhatAFileOfGoForAnotherSystemHoldsDoesNotMatter) {
  write("go/src/runtime/r_windows.go", "other");
  EXPECT_EQ(check(), recorded);
}

// A second main that shares `lib`: when the listing for the first one finds another lib, what is known of the
// second may lack what lib imports now.
TEST_F(DependenciesTest, AMainWithAPackageThatAnotherListingFoundChangedIsForgotten) {
  write("p/cmd/web/main.go", "package main");
  auto both = listing;
  both.push_back({"example.com/p/cmd/web",
                  "main",
                  root() / "p/cmd/web",
                  {"main.go"},
                  {},
                  {"example.com/p/lib"},
                  false,
                  true});
  FileStates states(root() / "states");
  Dependencies known(roots());
  known.record(both, {{"./cmd/api", "example.com/p/cmd/api"}, {"./cmd/web", "example.com/p/cmd/web"}},
               shared(), states, 2, {});
  known.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), states, 2, {});
  EXPECT_TRUE(known.check("./cmd/web", states, 2, {}));
  write("p/lib/lib.go", "package lib // other");
  FileStates later(root() / "states");
  known.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), later, 2, {});
  EXPECT_TRUE(known.check("./cmd/api", later, 2, {}));
  EXPECT_EQ(known.check("./cmd/web", later, 2, {}), std::nullopt);
}

// A project whose files are Go, for what a listing reads of them.
class SamePackagesTest : public DependenciesTest {
 protected:
  static constexpr const char* lib_source =
      "//go:build linux\n\n// Package lib.\npackage lib\n\nimport _ \"embed\"\n\n//go:embed static\nvar s "
      "string\n\nfunc F() {}\n";

  void SetUp() override {
    DependenciesTest::SetUp();
    write("p/lib/lib.go", lib_source);
    write("p/lib/asm.s", "TEXT x\n");
    write("p/lib/lib_windows.go", "package lib\n");
    write("p/cmd/api/main.go", "package main\n\nimport \"example.com/p/lib\"\n\nfunc main() { lib.F() }\n");
    listing[1].files = {"lib.go", "asm.s", "static/page.html"};
    FileStates states(root() / "states");
    Dependencies dependencies(roots());
    dependencies.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), states, 2, {});
    recorded = dependencies.digest_of("./cmd/api");
    dependencies.save(root() / "deps");
  }
  bool same_packages() {
    FileStates states(root() / "states");
    auto known = Dependencies::load(root() / "deps", roots());
    known.check("./cmd/api", states, 2, {});
    return known.same_packages("./cmd/api", states, 2, {});
  }
  void each(const std::vector<std::pair<const char*, std::function<void()>>>& changes, bool expected) {
    for (const auto& [what, change] : changes) {
      SetUp();
      ASSERT_TRUE(same_packages()) << what;
      change();
      EXPECT_EQ(check(), std::nullopt) << what;
      EXPECT_EQ(same_packages(), expected) << what;
      fs::remove_all(root() / "p");
      fs::remove_all(root() / "go");
    }
  }
  std::string edited(std::string_view from, std::string_view to) const {
    std::string source = lib_source;
    return source.replace(source.find(from), from.size(), to);
  }
};

TEST_F(SamePackagesTest, WhatGoListDoesNotReadMayDiffer) {
  each(
      {
          {"a body", [&] { write("p/lib/lib.go", edited("F() {}", "F() { println() }")); }},
          {"the body of a file for another system",
           [&] { write("p/lib/lib_windows.go", "package lib\n\nvar x int\n"); }},
          {"two packages",
           [&] {
             write("p/lib/lib.go", edited("F() {}", "F() { println() }"));
             write("p/cmd/api/main.go", "package main\n\nimport \"example.com/p/lib\"\n\nfunc main() {}\n");
           }},
          {"an embedded file", [&] { write("p/lib/static/page.html", "other"); }},
      },
      true);
}

TEST_F(SamePackagesTest, WhatGoListReadsMayNot) {
  each(
      {
          {"a build constraint", [&] { write("p/lib/lib.go", edited("linux", "unix")); }},
          {"the package's name", [&] { write("p/lib/lib.go", edited("package lib", "package bil")); }},
          {"an import", [&] { write("p/lib/lib.go", edited("import _", "import \"os\"\nimport _")); }},
          {"an embed pattern",
           [&] { write("p/lib/lib.go", edited("go:embed static", "go:embed static/page.html")); }},
          {"a directive within a comment",
           [&] { write("p/lib/lib.go", edited("\"embed\"\n", "\"embed\"\n/*\n") + "/**/\n"); }},
          {"an assembler file", [&] { write("p/lib/asm.s", "//go:build !linux\n"); }},
          {"a constraint of a file for another system",
           [&] { write("p/lib/lib_windows.go", "//go:build x\n\npackage lib\n"); }},
          {"a file that is not Go any more", [&] { write("p/lib/lib.go", ""); }},
          {"a file added", [&] { write("p/lib/more.go", "package lib\n"); }},
          {"a file deleted", [&] { fs::remove(root() / "p/lib/lib_windows.go"); }},
          {"a file that became a folder",
           [&] {
             fs::remove(root() / "p/lib/lib.go");
             fs::create_directory(root() / "p/lib/lib.go");
           }},
          {"a body and a file added",
           [&] {
             write("p/cmd/api/main.go", "package main\n\nimport \"example.com/p/lib\"\n\nfunc main() {}\n");
             write("p/lib/more.go", "package lib\n");
           }},
          {"a file added to an embedded folder", [&] { write("p/lib/static/new.html", "x"); }},
          {"go.mod", [&] { write("p/go.mod", "other"); }},
          {"vendor appears", [&] { write("p/vendor/modules.txt", ""); }},
          {"a profile for the compiler appears", [&] { write("p/cmd/api/default.pgo", "x"); }},
          {"the standard library", [&] { write("go/src/runtime/r.go", "other"); }},
          {"a body and the standard library",
           [&] {
             write("p/lib/lib.go", edited("F() {}", "F() { println() }"));
             write("go/src/runtime/r.go", "other");
           }},
      },
      false);
}

TEST_F(SamePackagesTest, AnUnknownMainHasNone) {
  FileStates states(root() / "states");
  EXPECT_FALSE(Dependencies::load(root() / "deps", roots()).same_packages("./cmd/web", states, 2, {}));
}

// check() ends at the first difference: the other packages that changed must be recorded anew all the same.
TEST_F(SamePackagesTest, RefreshRecordsEveryChange) {
  const auto change = [&](const std::string& body) {
    write("p/lib/lib.go", edited("F() {}", "F() {" + body + "}"));
    write("p/cmd/api/main.go",
          "package main\n\nimport \"example.com/p/lib\"\n\nfunc main() {" + body + "}\n");
    write("p/lib/static/page.html", body);
  };
  change("/* one */");
  {
    FileStates states(root() / "states");
    auto known = Dependencies::load(root() / "deps", roots());
    EXPECT_EQ(known.check("./cmd/api", states, 2, {}), std::nullopt);
    ASSERT_TRUE(known.same_packages("./cmd/api", states, 2, {}));
    known.refresh({"./cmd/api"}, states, 2, {});
    EXPECT_NE(known.digest_of("./cmd/api"), recorded);
    known.save(root() / "deps");
    FileStates fresh(root() / "states");
    Dependencies listed(roots());
    listed.record(listing, {{"./cmd/api", "example.com/p/cmd/api"}}, shared(), fresh, 2, {});
    EXPECT_EQ(known.digest_of("./cmd/api"), listed.digest_of("./cmd/api"));
    listed.save(root() / "listed");
    EXPECT_EQ(read_file(root() / "deps", 1U << 20U), read_file(root() / "listed", 1U << 20U));
  }
  EXPECT_TRUE(check());
  change("/* two */");
  EXPECT_EQ(check(), std::nullopt);
  EXPECT_TRUE(same_packages());
}

TEST_F(SamePackagesTest, RefreshAsksAgainForWhatWasAbsent) {
  FileStates states(root() / "states");
  auto known = Dependencies::load(root() / "deps", roots());
  const auto started = next_file_time();
  ASSERT_TRUE(known.check("./cmd/api", states, 2, {}));
  ASSERT_TRUE(known.same_packages("./cmd/api", states, 2, {}));
  EXPECT_EQ(states.changed_since(started, root() / "mod"), std::nullopt);
  write("p/vendor/modules.txt", "");
  known.refresh({"./cmd/api"}, states, 2, {});
  EXPECT_EQ(states.changed_since(started, root() / "mod"), (root() / "p/vendor/modules.txt").native());
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
