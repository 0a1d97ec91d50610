#include "builder/remote_inputs.hpp"

#include <gmock/gmock.h>

#include "common/file.hpp"
#include "remote/wire.hpp"
#include "tests/support/thrown_error.hpp"

namespace whittle::builder {
namespace {
namespace fs = std::filesystem;

class RemoteInputsTest : public testing::Test {
 protected:
  fs::path write(const fs::path& path, std::string_view text) {
    make_directories((work_.path() / path).parent_path());
    write_file(work_.path() / path, text, AtomicFile::Durability::content);
    return work_.path() / path;
  }
  DependencyRoots roots(const std::string& top) {
    return {work_.path() / top / "project", work_.path() / top / "goroot", work_.path() / top / "cache"};
  }
  // The project, what it names beside itself, a package of Go's and one of a module.
  std::map<std::string, Sha256> sources(const std::string& top) {
    std::map<std::string, Sha256> files;
    const auto add = [&](const std::string& portable, const fs::path& path, std::string_view text) {
      write(top / path, text);
      files.emplace(portable, to_sha256(Digest::of(text)));
    };
    add("P/cmd/a/main.go", "project/cmd/a/main.go", "package main");
    add("P/../beside/b.go", "beside/b.go", "package b");
    add("R/src/fmt/print.go", "goroot/src/fmt/print.go", "package fmt");
    add("C/example.com/!big@v1.0.0/x.go", "cache/example.com/!big@v1.0.0/x.go", "package x");
    return files;
  }
  std::vector<std::string> contents(const remote::BlobSet& blobs) {
    std::vector<std::string> texts;
    for (const auto& [id, open] : blobs.blobs()) texts.push_back(read_all(*open(), 1U << 20U, "a blob"));
    return texts;
  }

  TemporaryFolder work_{fs::temp_directory_path()};
  FileStates states_{work_.path() / "states"};
};

TEST_F(RemoteInputsTest, DoNotDependOnWhereTheyLie) {
  std::vector<std::string> roots_found;
  for (const auto* top : {"one", "another/deeper"}) {
    const auto files = sources(top);
    RemoteInputs inputs(roots(top), states_);
    inputs.add_sources(files);
    remote::BlobSet blobs;
    roots_found.push_back(inputs.finish(blobs).hash);
  }
  EXPECT_EQ(roots_found[0], roots_found[1]);
}

TEST_F(RemoteInputsTest, HoldTheFoldersThatAProjectNamesBesideItself) {
  const auto files = sources("one");
  RemoteInputs inputs(roots("one"), states_);
  inputs.add_sources(files);
  EXPECT_EQ(inputs.in_tree(work_.path() / "one/project/cmd"), "sources/project/cmd");
  EXPECT_EQ(inputs.in_tree(work_.path() / "one/beside"), "sources/beside");
}

TEST_F(RemoteInputsTest, HoldWhatGoReadsOfTheModuleCachesRecords) {
  const auto files = sources("one");
  write("one/cache/cache/download/example.com/!big/@v/v1.0.0.mod", "module example.com/Big");
  write("one/cache/cache/download/example.com/!big/@v/v1.0.0.ziphash", "h1:big");
  write("one/cache/cache/download/example.com/!big/@v/v1.0.0.zip", "the zip");
  write("one/cache/cache/download/example.com/other/@v/v2.0.0.mod", "module example.com/other");
  write("one/cache/cache/download/example.com/unused/@v/v2.0.0.mod", "module example.com/unused");
  const auto sums = write("one/project/go.sum",
                          "example.com/Big v1.0.0 h1:a=\nexample.com/Big v1.0.0/go.mod h1:b=\n"
                          "example.com/other v2.0.0/go.mod h1:c=\nexample.com/absent v1.0.0/go.mod h1:d=\n");
  RemoteInputs inputs(roots("one"), states_);
  inputs.add_sources(files);
  inputs.add_module_records({sums, "/nowhere/go.sum"});
  remote::BlobSet blobs;
  inputs.finish(blobs);
  const auto texts = contents(blobs);
  EXPECT_THAT(texts, testing::IsSupersetOf({"module example.com/Big", "h1:big", "module example.com/other"}));
  EXPECT_THAT(texts, testing::Not(testing::Contains("the zip")));
  EXPECT_THAT(texts, testing::Not(testing::Contains("module example.com/unused")));
}

TEST_F(RemoteInputsTest, ThatWentAwayAreAConflict) {
  auto files = sources("one");
  fs::remove(work_.path() / "one/project/cmd/a/main.go");
  RemoteInputs inputs(roots("one"), states_);
  EXPECT_EQ(test::failure_of([&] { inputs.add_sources(files); }).kind(), ErrorKind::conflict);
}

}  // namespace
}  // namespace whittle::builder
