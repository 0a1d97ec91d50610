#include "builder/shared_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "builder/change_plan.hpp"
#include "builder/image_facts.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

// A project of a main and a library, and a record of both as they are at first.
class SharedImageTest : public testing::Test {
 protected:
  void SetUp() override {
    write("p/go.mod", "module example.com/p\n");
    write("p/cmd/api/main.go", "package main");
    write("p/lib/lib.go", "package lib");
    main = {root() / "p", root() / "p", {}, false, "./cmd/api"};
    FileStates states(root() / "none");
    made_from.own = {
        {"", "", {input(states, FileStates::Kind::file, "P/go.mod")}},
        {"example.com/p/cmd/api", "", {input(states, FileStates::Kind::file, "P/cmd/api/main.go")}},
        {"example.com/p/lib",
         "example.com/p/cmd/api",
         {input(states, FileStates::Kind::file, "P/lib/lib.go"),
          input(states, FileStates::Kind::listing, "P/lib"),
          {FileStates::Kind::file, "P/lib/default.pgo", std::nullopt}}}};
  }

  fs::path root() const { return folder.path(); }
  void write(const fs::path& name, std::string_view text) const {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::trunc) << text;
  }
  DependencyInput input(FileStates& states, FileStates::Kind kind, const std::string& path) const {
    return {kind, path, states.look_up(kind, local_path(main, path).native())};
  }
  std::optional<ChangedInput> change() const {
    FileStates states(root() / "none");
    return first_change(made_from, main, states);
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  GoMain main;
  MadeFrom made_from{Digest::of("all"), {}};
};

TEST_F(SharedImageTest, NothingChangedInTheSameTree) {
  EXPECT_FALSE(change());
}

TEST_F(SharedImageTest, AChangeIsNamedWithTheChainThatLeadsToIt) {
  write("p/lib/lib.go", "package lib // other");
  const auto found = change();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, "P/lib/lib.go");
  EXPECT_THAT(found->package, ElementsAre("example.com/p/cmd/api", "example.com/p/lib"));
}

TEST_F(SharedImageTest, ANewFileIsAChangeOfItsFolder) {
  write("p/lib/more.go", "package lib");
  const auto found = change();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, FileStates::Kind::listing);
  EXPECT_EQ(found->path, "P/lib");
}

TEST_F(SharedImageTest, WhatEveryPackageDependsOnHasNoChain) {
  write("p/go.mod", "module example.com/other\n");
  ASSERT_TRUE(change());
  EXPECT_THAT(change()->package, IsEmpty());
}

// A record of others: what it names decides what is read here.
TEST_F(SharedImageTest, ARecordDoesNotMakeOtherFilesOfTheMachineBeRead) {
  write("secret", "s");
  FileStates states(root() / "none");
  made_from.own[0].inputs.push_back({FileStates::Kind::file, "P/../secret",
                                     states.look_up(FileStates::Kind::file, (root() / "secret").native())});
  ASSERT_TRUE(change());
  EXPECT_EQ(change()->path, "P/../secret");
}

TEST_F(SharedImageTest, AFolderThatGoModNamesIsPartOfTheProject) {
  write("other/go.mod", "module example.com/o\n");
  write("p/go.mod", "module example.com/p\n\nreplace example.com/o => ../other\n");
  FileStates states(root() / "none");
  made_from.own[0].inputs = {input(states, FileStates::Kind::file, "P/go.mod"),
                             input(states, FileStates::Kind::file, "P/../other/go.mod")};
  EXPECT_FALSE(change());
}

// A record may lie about who imports what.
TEST_F(SharedImageTest, AChainThatGoesInCirclesEnds) {
  made_from.own[1].importer = "example.com/p/lib";
  write("p/lib/lib.go", "package lib // other");
  ASSERT_TRUE(change());
  EXPECT_LE(change()->package.size(), made_from.own.size() + 1);
}

TEST_F(SharedImageTest, ARecordOfOtherProgramsDoesNotFit) {
  const std::vector<CompileRequest> requests = {{.main = main, .platform = {}, .image = "api"}};
  const SharedPrograms programs{requests, {"usr/bin/api"}};
  FileStates states(root() / "none");
  SharedRecord record{Digest::of("key")};
  EXPECT_FALSE(is_unchanged(record, programs, states));
  record.programs.push_back({"usr/bin/api", made_from, Digest::of("binary"), 1});
  EXPECT_TRUE(is_unchanged(record, programs, states));
  record.programs[0].path = "usr/bin/other";
  EXPECT_FALSE(is_unchanged(record, programs, states));
}

TEST(ImageFacts, ThoseThatDifferAreNamed) {
  EXPECT_THAT(
      differences({{"env", "1"}, {"user", "2"}, {"args", "3"}}, {{"env", "1"}, {"user", "9"}, {"base", "4"}}),
      ElementsAre("args", "base", "user"));
}

TEST(ChangeReason, SaysWhatChangedAndWhoImportsIt) {
  EXPECT_EQ((ChangeReason{"sources", "lib/lib.go", {"p/cmd", "p/lib"}}.text()),
            "lib/lib.go changed (p/cmd → p/lib)");
  EXPECT_EQ((ChangeReason{"sources", "lib/", {}}.text()), "a file of lib/ came or went");
  EXPECT_EQ((ChangeReason{"files", "config/a.json"}.text()), "config/a.json changed (`files`)");
  EXPECT_EQ((ChangeReason{"env"}.text()), "`env` changed");
  EXPECT_EQ((ChangeReason{"sources", "a\x1b[31m", {}}.text().find('\x1b')), std::string::npos);
}

}  // namespace
}  // namespace whittle::builder
