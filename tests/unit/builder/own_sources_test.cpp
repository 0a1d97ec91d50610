#include "builder/own_sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Key;

const Digest some = Digest::of("some");

TEST(OwnSources, AreNamedFromTheLowestFolderThatHasThemAll) {
  OwnSources own("/shop/deploy");
  own.add("/shop/deploy/whittle.yaml", some);
  own.add("/shop/cmd/api/main.go", some);
  EXPECT_EQ(own.root(), "/shop");
  EXPECT_THAT(own.record().files, ElementsAre(Key("cmd/api/main.go"), Key("deploy/whittle.yaml")));
  EXPECT_EQ(own.relative("/shop/deploy"), "deploy");
  EXPECT_EQ(own.relative("/shop"), "");
}

TEST(OwnSources, RelativeNamesAreOfTheWorkingDirectory) {
  const auto here = fs::canonical(fs::current_path());
  OwnSources own(".");
  own.add("whittle.lock", some);
  own.add(here / "cmd" / "main.go", some);
  EXPECT_EQ(own.root(), here);
  EXPECT_EQ(own.relative("whittle.yaml"), "whittle.yaml");
  EXPECT_EQ(own.relative("."), "");
  EXPECT_THAT(own.record().files, ElementsAre(Key("cmd/main.go"), Key("whittle.lock")));
}

TEST(OwnSources, ALinkToTheFolderIsTheFolder) {
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto top = fs::canonical(folder.path());
  make_directories(top / "shop");
  fs::create_directory_symlink("shop", top / "link");
  OwnSources own(top / "link");
  own.add(top / "link" / "whittle.yaml", some);
  own.add(top / "shop" / "main.go", some);
  EXPECT_EQ(own.root(), top / "shop");
  EXPECT_THAT(own.record().files, ElementsAre(Key("main.go"), Key("whittle.yaml")));
}

}  // namespace
}  // namespace whittle::builder
