#include "optimizer/build_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/file.hpp"

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BuildTags : public testing::Test {
 protected:
  void add(const std::string& path, const std::string& file, const std::string& constraint,
           bool standard = false) {
    auto found = std::find_if(packages_.begin(), packages_.end(),
                              [&](const auto& one) { return one.import_path == path; });
    if (found == packages_.end()) {
      builder::ListedPackage package;
      package.import_path = path;
      package.folder = folder_.path() / path;
      package.module = standard ? "" : path;
      package.module_version = standard ? "" : "v1.0.0";
      package.standard = standard;
      found = packages_.insert(packages_.end(), package);
    }
    make_directories(found->folder);
    const auto text = (constraint.empty() ? "" : "//go:build " + constraint + "\n\n") + "package p\n";
    write_file(found->folder / file, text, AtomicFile::Durability::content);
    found->compiled.push_back(file);
  }
  std::vector<std::string> names(const std::vector<std::string>& used = {}, std::size_t most = 12) {
    std::vector<std::string> names;
    for (const auto& tag : find_build_tags(packages_, used, most)) names.push_back(tag.name);
    return names;
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  std::vector<builder::ListedPackage> packages_;
};

TEST_F(BuildTags, WhatWouldLeaveAFileOutIsFound) {
  add("example.com/a", "full.go", "!lean && !much_smaller");
  add("example.com/a", "main.go", "");
  add("example.com/b", "b.go", "linux && !lean");
  EXPECT_THAT(names(), ElementsAre("lean", "much_smaller"));
  const auto tags = find_build_tags(packages_, {}, 1);
  ASSERT_EQ(tags.size(), 1U);
  EXPECT_THAT(tags[0].files, ElementsAre("example.com/a/full.go", "example.com/b/b.go"));
  EXPECT_THAT(tags[0].price, HasSubstr("example.com/a/full.go, example.com/b/b.go"));
}

TEST_F(BuildTags, WhatLetsAFileInIsNone) {
  add("example.com/a", "a.go", "extra || !windows");
  add("example.com/a", "b.go", "!purego && amd64");
  add("example.com/a", "c.go", "go1.21 && !goexperiment.x");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(BuildTags, ThoseThatAreSetAreNotAskedAbout) {
  add("example.com/a", "a.go", "!lean");
  EXPECT_THAT(names({"lean"}), IsEmpty());
}

TEST_F(BuildTags, OfGoItselfOnlyTheKnownOnesCount) {
  add("net/http", "h2_bundle.go", "!nethttpomithttp2", true);
  add("math/big", "arith.go", "!some_tag", true);
  EXPECT_THAT(names(), ElementsAre("nethttpomithttp2"));
  EXPECT_THAT(find_build_tags(packages_, {}, 1)[0].price, HasSubstr("HTTP/2"));
}

TEST_F(BuildTags, AConstraintThatIsNotUnderstoodIsNone) {
  add("example.com/a", "a.go", "!lean )(");
  EXPECT_THAT(names(), IsEmpty());
}

}  // namespace
}  // namespace whittle::optimizer
