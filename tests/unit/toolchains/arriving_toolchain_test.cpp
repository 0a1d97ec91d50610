#include "toolchains/arriving_toolchain.hpp"

#include "tests/support/module_zip_maker.hpp"
#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

namespace fs = std::filesystem;
using test::make_zip;
using test::ZipItem;

class ArrivingToolchainTest : public testing::Test {
 protected:
  ArrivingToolchainTest() { make_directories(root()); }
  fs::path root() const { return place_ / "go"; }
  ModuleZip whole(std::string_view zip) const {
    auto file = nameless_file(root().parent_path());
    write_at(file, as_bytes(zip), 0, "a zip");
    return {std::move(file), "m", "v1.0.0"};
  }
  // What is known of `zip` when `arriving` came in its place.
  std::optional<std::string> hash(std::string_view zip, std::string_view arriving) const {
    ArrivingToolchain toolchain(root(), "m", "v1.0.0");
    for (std::size_t at = 0; at < arriving.size(); at += 100)
      toolchain.write(as_bytes(arriving.substr(at, 100)));
    return toolchain.hash(whole(zip));
  }
  std::optional<std::string> hash(std::string_view zip) const { return hash(zip, zip); }
  test::WorkPlace place_;
};

TEST_F(ArrivingToolchainTest, HasTheHashAndTheFilesOfTheZip) {
  const std::map<std::string, std::string> files = {{"VERSION", "go1"},
                                                    {"bin/go", "a command"},
                                                    {"src/_go.mod", "module std\n"},
                                                    {"src/a/b/c.go", "package b"},
                                                    {"src/a/d.go", ""}};
  const auto zip = test::make_module_zip("m", "v1.0.0", files);
  EXPECT_EQ(hash(zip), hash_of(whole(zip), 1, {}));
  for (const auto& [name, text] : files) EXPECT_EQ(read_file(root() / name, 100), text) << name;
  EXPECT_EQ(read_file(root() / "src/go.mod", 100), "module std\n");
  EXPECT_EQ(fs::status(root() / "bin/go").permissions(), fs::perms{0555});
  EXPECT_EQ(fs::status(root() / "VERSION").permissions(), fs::perms{0444});
}

// Then the complete zip is read, which says why it is refused.
TEST_F(ArrivingToolchainTest, Hostile55_GivesUpOnNamesThatNoModuleHas) {
  const auto good = test::make_module_zip("m", "v1.0.0", {{"a", "text"}});
  for (const auto* name :
       {"m@v1.0.0/../a", "m@v1.0.0//a", "/m@v1.0.0/a", "m@v2.0.0/a", "m@v1.0.0/x/go.mod", "m@v1.0.0/a\\b"})
    EXPECT_FALSE(hash(good, make_zip({{.name = name, .content = "text"}}))) << name;
  EXPECT_TRUE(fs::is_empty(root()));
  EXPECT_FALSE(fs::exists(place_ / "a"));
}

TEST_F(ArrivingToolchainTest, Hostile55_GivesUpOnTheSameNameTwice) {
  const auto zip = test::make_module_zip("m", "v1.0.0", {{"a", "text"}});
  const ZipItem item{.name = "m@v1.0.0/a", .content = "text"};
  EXPECT_FALSE(hash(zip, make_zip({item, item})));
}

TEST_F(ArrivingToolchainTest, Hostile55_TheDirectoryHasToAgree) {
  const auto make = [](const std::string& name, const std::string& content) {
    return make_zip({{.name = "m@v1.0.0/" + name, .content = content}});
  };
  const std::map<std::string, std::string> others = {{"a", "texs"}, {"b", "text"}, {"c", "longer text"}};
  for (const auto& [name, content] : others)
    EXPECT_FALSE(hash(make("a", "text"), make(name, content))) << name;
}

TEST_F(ArrivingToolchainTest, WhatDidNotComeCompleteHasNoHash) {
  const auto zip = test::make_module_zip("m", "v1.0.0", {{"a", "text"}, {"b", "more"}});
  EXPECT_FALSE(hash(zip, std::string_view(zip).substr(0, zip.size() / 3)));
}

TEST_F(ArrivingToolchainTest, Hostile263_FollowsNoLinkThatIsPlanted) {
  make_directories(place_ / "elsewhere");
  fs::create_directory_symlink(place_ / "elsewhere", root() / "src");
  const auto zip = test::make_module_zip("m", "v1.0.0", {{"src/a", "text"}});
  EXPECT_FALSE(hash(zip));
  EXPECT_TRUE(fs::is_empty(place_ / "elsewhere"));
}

}  // namespace
}  // namespace whittle::toolchains
