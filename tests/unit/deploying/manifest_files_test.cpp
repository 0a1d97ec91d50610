#include "deploying/manifest_files.hpp"

#include <gmock/gmock.h>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::deploying {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ManifestFiles : public testing::Test {
 protected:
  ManifestFiles() {
    fs::create_directory(path("in"));
    for (const auto* name : {"b.yaml", "a.json", "c.txt", "in/d.yml"}) put(name, name);
    fs::create_directory_symlink(path("in"), path("link.yaml"));
  }
  std::string path(const std::string& name) const { return folder_.path() / name; }
  void put(const std::string& name, const std::string& text) const {
    write_file(path(name), text, AtomicFile::Durability::content);
  }
  std::vector<std::string> read(const std::vector<std::string>& names, bool recursive,
                                const ManifestLimits& limits = {}) const {
    std::vector<std::string> texts;
    for (const auto& file : read_manifests(names, recursive, -1, limits)) texts.push_back(file.text);
    return texts;
  }
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(ManifestFiles, ThoseOfAFolderComeByNameAndOthersAsTheyAreNamed) {
  EXPECT_THAT(read({path("")}, false), ElementsAre("a.json", "b.yaml"));
  EXPECT_THAT(read({path("")}, true), ElementsAre("a.json", "b.yaml", "in/d.yml"));
  EXPECT_THAT(read({path("c.txt"), path("a.json")}, false), ElementsAre("c.txt", "a.json"));
}

TEST_F(ManifestFiles, WhatIsNotThereIsNamed) {
  EXPECT_THAT(failure([&] { read({path("x.yaml")}, false); }), StartsWith("not-found: reading manifests: "));
  fs::remove_all(path("in/d.yml"));
  EXPECT_THAT(failure([&] { read({path("in")}, false); }), HasSubstr("there is no *.yaml"));
  EXPECT_THAT(failure([&] { read({"-", "-"}, false); }), StartsWith("usage: "));
}

TEST_F(ManifestFiles, AreBounded) {
  EXPECT_THAT(failure([&] { read({path("")}, true, {.files = 2}); }), StartsWith("limit: "));
  EXPECT_THAT(failure([&] { read({path("")}, true, {.file = 3}); }), StartsWith("limit: "));
  EXPECT_THAT(failure([&] { read({path("")}, true, {.all = 10}); }), StartsWith("limit: "));
}

}  // namespace
}  // namespace whittle::deploying
