#include "builder/own_sources.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

std::vector<std::string> file_names(const OwnSources& sources) {
  std::vector<std::string> names;
  for (const auto& [path, digest] : sources.record().files) names.push_back(path);
  return names;
}

Digest some_digest() {
  return Digest::of(std::string_view("x"));
}

TEST(OwnSources, AreNamedBelowTheLowestFolderThatHasThemAll) {
  OwnSources sources("/nowhere/shop/deploy");
  sources.add("/nowhere/shop/deploy/whittle.yaml", some_digest());
  EXPECT_EQ(sources.root(), "/nowhere/shop/deploy");
  EXPECT_EQ(sources.relative("/nowhere/shop/deploy"), "");
  sources.add("/nowhere/shop/cmd/api/main.go", some_digest());
  sources.add("/nowhere/shop/deploy/../go.mod", some_digest());
  EXPECT_EQ(sources.root(), "/nowhere/shop");
  EXPECT_EQ(sources.relative("/nowhere/shop/deploy/"), "deploy");
  EXPECT_THAT(file_names(sources), ElementsAre("cmd/api/main.go", "deploy/whittle.yaml", "go.mod"));
  EXPECT_TRUE(sources.are_below("/nowhere/shop"));
  EXPECT_FALSE(sources.are_below("/nowhere/shop/cmd"));
}

TEST(OwnSources, AModuleBesideTheProjectWidensIt) {
  OwnSources sources("/nowhere/shop");
  sources.add("/nowhere/shop/go.mod", some_digest());
  sources.add("/nowhere/shopping/lib.go", some_digest());
  EXPECT_THAT(file_names(sources), ElementsAre("shop/go.mod", "shopping/lib.go"));
}

TEST(OwnSources, AFolderBehindALinkIsTheOneItLeadsTo) {
  const TemporaryFolder work(fs::temp_directory_path());
  const auto real = fs::canonical(work.path()) / "real";
  fs::create_directory(real);
  fs::create_directory_symlink(real, work.path() / "link");
  OwnSources sources(work.path() / "link");
  sources.add(work.path() / "link" / "whittle.yaml", some_digest());
  sources.add(real / "go.mod", some_digest());
  EXPECT_EQ(sources.root(), real);
  EXPECT_THAT(file_names(sources), ElementsAre("go.mod", "whittle.yaml"));
}

TEST(OwnSources, APathThatIsNotAbsoluteIsADefect) {
  OwnSources sources("/nowhere");
  EXPECT_THROW(sources.add("whittle.lock", some_digest()), Error);
}

}  // namespace
}  // namespace whittle::builder
