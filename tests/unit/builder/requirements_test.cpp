#include "builder/requirements.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/lock_resolver.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using layers::Platform;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RequirementsTest : public testing::Test {
 protected:
  Requirements of(const std::string& images, const std::string& go_mod = "module m\ngo 1.22\n") {
    write_file(folder_.path() / "go.mod", go_mod, AtomicFile::Durability::content);
    spec_ = parse_spec("version: 1\n" + images, folder_.path() / "whittle.yaml");
    const GoMain main{folder_.path(), folder_.path(), {}, false, "."};
    const std::vector<std::vector<Platform>> platforms(
        spec_.images.size(), {Platform::parse("linux/amd64"), Platform::parse("linux/arm/v7")});
    return requirements_of(spec_, platforms, {main}, Platform::parse("linux/amd64"));
  }
  // A lock that has all of it.
  static Lock lock_for(const Requirements& wanted, const std::string& go = "1.26.8") {
    Lock lock;
    lock.go = LockedGo{go, {{wanted.host, "h1:x"}}};
    for (const auto& [place, platforms] : wanted.images)
      for (const auto& platform : platforms)
        lock.images.try_emplace(place, LockedImage{Digest::of(place), {}})
            .first->second.manifests.emplace(platform.text(), Digest::of("m"));
    for (const auto& [set, architectures] : wanted.packages)
      for (const auto& architecture : architectures) lock.sets[set.name()][architecture];
    for (const auto& [name, wish] : wanted.c_compilers)
      lock.c_compilers.emplace(name, LockedCompiler{"musl", "", "gcc", Digest::of(name)});
    for (const auto& compression : wanted.compressions)
      lock.compressors.emplace(compressor_name(compression), compression.identity());
    return lock;
  }
  TemporaryFolder folder_{fs::temp_directory_path()};
  Spec spec_;
};

std::vector<std::string> package_sets(const Requirements& wanted) {
  std::vector<std::string> result;
  for (const auto& [set, architectures] : wanted.packages)
    result.push_back(fmt::format("{}: {}", set.name(), fmt::join(architectures, ",")));
  return result;
}

TEST_F(RequirementsTest, ABaseOfOursAndPackagesOnIt) {
  EXPECT_THAT(package_sets(of("images: {a: {main: .}}")), ElementsAre("static: amd64,armhf"));
  EXPECT_THAT(package_sets(of("images: {a: {main: ., packages: [git, curl]}}")),
              ElementsAre("static: amd64,armhf", "static + curl git: amd64,armhf"));
  EXPECT_THAT(package_sets(of(
                  "images: {a: {main: ., base: scratch, packages: {names: [tzdata], dependencies: none}}}")),
              ElementsAre("tzdata (alone): amd64,armhf"));
  EXPECT_THAT(package_sets(of("images: {a: {main: ., base: scratch}}")), IsEmpty());
}

TEST_F(RequirementsTest, ACCompilerForEachPlatformOfAProgramWithC) {
  EXPECT_TRUE(of("images: {a: {main: .}, b: {main: ., cgo: 'off'}}").c_compilers.empty());
  const auto wanted =
      of("images: {a: {main: ., cgo: static}, b: {binaries: [{main: ., cgo: static-glibc}]}}");
  std::vector<std::string> names;
  for (const auto& [name, wish] : wanted.c_compilers)
    names.push_back(fmt::format("{}{}", name, wish.is_hosts ? " here" : ""));
  EXPECT_THAT(names, ElementsAre("linux/amd64 static here", "linux/amd64 static-glibc here",
                                 "linux/arm static", "linux/arm static-glibc"));
  auto lock = lock_for(wanted);
  EXPECT_THAT(lacking(lock, wanted), IsEmpty());
  EXPECT_THAT(superfluous(lock, of("images: {a: {main: .}}")),
              Contains("C compiler for linux/arm static: no program needs it"));
  lock.c_compilers.erase("linux/arm static");
  EXPECT_THAT(lacking(lock, wanted), ElementsAre("C compiler for linux/arm static: it is not there"));
}

TEST_F(RequirementsTest, OnlyNamesHaveToBeLookedUp) {
  const auto wanted =
      of("images: {a: {main: ., base: 'example.com/base:1'}, b: {main: ., base: 'oci:folder'}, "
         "c: {main: ., base: 'example.com/base@sha256:" +
         std::string(64, 'a') + "'}}");
  ASSERT_EQ(wanted.images.size(), 1U);
  EXPECT_EQ(wanted.images.begin()->first, "example.com/base:1");
}

TEST_F(RequirementsTest, ALockThatHasEverythingWillDo) {
  const auto wanted = of("images: {a: {main: ., base: 'example.com/base:1', packages: [git]}, b: {main: .}}");
  EXPECT_THAT(lacking(lock_for(wanted), wanted), IsEmpty());
  EXPECT_THAT(superfluous(lock_for(wanted), wanted), IsEmpty());
}

TEST_F(RequirementsTest, EachThingThatIsMissingIsNamed) {
  const auto wanted = of("images: {a: {main: ., base: 'example.com/base:1'}, b: {main: .}}");
  EXPECT_EQ(lacking(Lock(), wanted).size(), 5U);
  auto lock = lock_for(wanted);
  lock.images.at("example.com/base:1").manifests.erase("linux/arm/v7");
  EXPECT_THAT(lacking(lock, wanted),
              ElementsAre("base example.com/base:1: it is not there for linux/arm/v7"));
  lock = lock_for(wanted);
  lock.sets.at("static").erase("armhf");
  EXPECT_THAT(lacking(lock, wanted), ElementsAre("packages static: they are not there for armhf"));
  lock = lock_for(wanted);
  lock.compressors.begin()->second = "another";
  EXPECT_THAT(lacking(lock, wanted), ElementsAre(HasSubstr("compressor gzip balanced: it has \"another\"")));
  lock = lock_for(wanted);
  lock.go->toolchains = {{"linux/arm64", "h1:x"}};
  EXPECT_THAT(lacking(lock, wanted), ElementsAre("Go: it has no toolchain for linux/amd64"));
  EXPECT_THAT(superfluous(lock_for(wanted), of("images: {b: {main: .}}")),
              ElementsAre("base example.com/base:1: no image is built on it"));
}

TEST_F(RequirementsTest, Hostile030_TheVersionOfGoIsHeldAgainstSpecAndModule) {
  struct Case {
    const char* spec;
    const char* go_mod;
    const char* locked;
    bool good;
  };
  for (const auto& one : {Case{"", "go 1.22", "1.26.8", true}, Case{"", "go 1.27.0", "1.26.8", false},
                          Case{"", "go 1.22\ntoolchain go1.26.8", "1.26.8", true},
                          Case{"", "go 1.22\ntoolchain go1.26.9", "1.26.8", false},
                          Case{"go: {version: 1.26.8}\n", "go 1.22", "1.26.8", true},
                          Case{"go: {version: 1.26.7}\n", "go 1.22", "1.26.8", false},
                          Case{"go: {version: '1.26'}\n", "go 1.22", "1.26.8", true},
                          Case{"go: {version: '1.25'}\n", "go 1.22", "1.26.8", false}}) {
    const auto wanted = of(std::string(one.spec) + "images: {a: {main: ., base: scratch}}",
                           fmt::format("module m\n{}\n", one.go_mod));
    EXPECT_EQ(lacking(lock_for(wanted, one.locked), wanted).empty(), one.good) << one.spec << one.go_mod;
  }
}

TEST_F(RequirementsTest, WhatNothingAsksForIsDropped) {
  const auto wanted = of("images: {a: {main: ., packages: [git]}}");
  auto lock = lock_for(wanted);
  lock.archives.emplace("bookworm", LockedArchive{Digest::of("r"), 1});
  const LockedPackage locked{{"git", "1", "amd64", "p", 1, Digest::of("git")}, "bookworm"};
  lock.packages.emplace(lock_key(locked.package), locked);
  lock.sets["static + git"]["amd64"] = {lock_key(locked.package)};
  EXPECT_EQ(without_superfluous(lock, wanted).packages.size(), 1U);
  const auto rest = without_superfluous(lock, of("images: {a: {main: .}}"));
  EXPECT_EQ(rest.packages.size(), 0U);
  EXPECT_EQ(rest.archives.size(), 0U);
  EXPECT_EQ(rest.sets.size(), 1U);
}

}  // namespace
}  // namespace whittle::builder
