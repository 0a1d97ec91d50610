#include "builder/c_compiler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "builder/cgo.hpp"
#include "common/file.hpp"
#include "common/report.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// Compilers that are scripts: they say what a compiler says, and note that they were asked.
class CCompilersTest : public testing::Test {
 protected:
  CCompilersTest() { host.environment["PATH"] = bin.native(); }

  void install(const std::string& name, const std::string& target = "x86_64-linux-gnu",
               const std::string& more = "") {
    fs::create_directories(bin);
    std::ofstream(folder.path() / "libc.a") << "library of " << name;
    std::ofstream(bin / name) << "#!/bin/sh\necho \"$*\" >>" << log().native() << "\n"
                              << more << R"(
case $1 in
  -v) echo "Target: )" << target
                              << R"(" >&2; echo )" << (folder.path() / "libc.a").native() << R"(; exit 0 ;;
  --version) echo ")" << name << R"( 12.2"; echo more ;;
esac
)";
    fs::permissions(bin / name, fs::perms(0755));
  }
  fs::path log() const { return folder.path() / "log"; }
  bool was_asked() {
    const bool asked = fs::exists(log());
    fs::remove(log());
    return asked;
  }
  std::optional<CCompiler> find(Cgo libc = Cgo::any, const std::string& platform = "linux/amd64") {
    return CCompilers(host, cache, {})
        .find({layers::Platform::parse(platform), platform == "linux/amd64", libc}, locked);
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  SilentReporter reporter;
  Cache cache{folder.path() / "cache", reporter};
  fs::path bin = folder.path() / "bin";
  Host host;
  std::optional<LockedCompiler> locked = {};
};

TEST_F(CCompilersTest, TheOneWithMuslComesFirst) {
  install("gcc");
  EXPECT_EQ(find()->driver, bin / "gcc");
  EXPECT_EQ(find()->identity.libc, "glibc");
  install("musl-gcc");
  EXPECT_EQ(find()->driver, bin / "musl-gcc");
  EXPECT_EQ(find()->identity.libc, "musl");
  EXPECT_EQ(find()->identity.version, "musl-gcc 12.2");
  EXPECT_EQ(find(Cgo::glibc)->driver, bin / "gcc");
}

TEST_F(CCompilersTest, OnASystemOfMuslGccIsItsCompiler) {
  install("gcc", "x86_64-alpine-linux-musl");
  EXPECT_EQ(find(Cgo::musl)->driver, bin / "gcc");
  EXPECT_FALSE(find(Cgo::glibc));
}

TEST_F(CCompilersTest, ALockedLibraryIsKept) {
  install("gcc");
  locked = find()->identity;
  install("musl-gcc");
  EXPECT_EQ(find()->driver, bin / "gcc");
}

TEST_F(CCompilersTest, AcrossArchitecturesItTakesACrossCompiler) {
  install("gcc");
  EXPECT_FALSE(find(Cgo::any, "linux/arm64"));
  install("aarch64-linux-gnu-gcc", "aarch64-linux-gnu");
  EXPECT_EQ(find(Cgo::any, "linux/arm64")->driver, bin / "aarch64-linux-gnu-gcc");
  EXPECT_THAT(test::failure([&] { find(Cgo::any, "linux/s390x"); }),
              HasSubstr("unsupported: C is not compiled for linux/s390x"));
}

TEST_F(CCompilersTest, WhatIsKnownIsNotAskedAgain) {
  install("musl-gcc");
  const auto first = find()->identity;
  EXPECT_TRUE(was_asked());
  EXPECT_EQ(find()->identity, first);
  EXPECT_FALSE(was_asked());
}

TEST_F(CCompilersTest, AnotherLibraryIsAnotherIdentity) {
  install("musl-gcc");
  const auto first = find()->identity;
  was_asked();
  std::ofstream(folder.path() / "libc.a") << "another";
  EXPECT_NE(find()->identity, first);
  EXPECT_TRUE(was_asked());
  EXPECT_THAT(difference(first, find()->identity),
              HasSubstr("another C compiler: musl-gcc 12.2 with musl of other bytes ("));
}

TEST_F(CCompilersTest, WhereNoneIsInstalledItSaysWhatToInstall) {
  CCompilers compilers(host, cache, {});
  const auto failure = [&](const char* platform, bool is_hosts, Cgo libc) {
    return test::failure([&] { compilers.get({layers::Platform::parse(platform), is_hosts, libc}, locked); });
  };
  EXPECT_EQ(failure("linux/amd64", true, Cgo::any),
            "toolchain: there is no C compiler for linux/amd64, which `cgo: static` needs\nhint: install "
            "`musl-tools`");
  EXPECT_THAT(failure("linux/amd64", true, Cgo::glibc), HasSubstr("hint: install `gcc` and `libc6-dev`"));
  EXPECT_THAT(failure("linux/arm64", false, Cgo::any), HasSubstr("hint: install `gcc-aarch64-linux-gnu`"));
  EXPECT_THAT(failure("linux/arm64", false, Cgo::musl),
              HasSubstr("hint: install a cross compiler `aarch64-linux-musl-gcc`"));
}

TEST_F(CCompilersTest, OneThatCannotLinkIsSaidToBeBroken) {
  install("gcc", "x86_64-linux-gnu", "echo '/usr/bin/ld: cannot find -lm: No such file' >&2; exit 1");
  EXPECT_THAT(
      test::failure([&] { find(); }),
      testing::AllOf(HasSubstr("links no static program for linux/amd64: /usr/bin/ld: cannot find -lm"),
                     HasSubstr("hint: install ")));
}

TEST_F(CCompilersTest, AWrapperIsPassedOver) {
  install("ccache");
  fs::create_directories(folder.path() / "wrappers");
  fs::create_symlink(bin / "ccache", folder.path() / "wrappers" / "gcc");
  install("gcc");
  host.environment["PATH"] = (folder.path() / "wrappers").native() + ":" + bin.native();
  EXPECT_EQ(find()->driver, bin / "gcc");
}

TEST(Cgo, FlagsHoldNoPathAndSettingsNothingOfTheHost) {
  for (const auto profile : {Profile::debug, Profile::small, Profile::smallest}) {
    for (const auto& flag : c_flags(profile)) EXPECT_THAT(flag, Not(HasSubstr("/")));
    for (const auto& flag : cgo_linker_flags(profile)) EXPECT_THAT(flag, Not(HasSubstr("/")));
  }
  const CCompiler compiler{
      "/opt/cc/bin/x86_64-linux-musl-gcc", {"musl", "", "gcc 12", Digest::of("one")}, {}};
  const auto settings = cgo_settings(compiler, Profile::small);
  EXPECT_THAT(settings.environment, Contains("CC=/opt/cc/bin/x86_64-linux-musl-gcc"));
  EXPECT_THAT(settings.environment, Contains("CXX=/opt/cc/bin/x86_64-linux-musl-g++"));
  EXPECT_THAT(settings.environment, Contains("CGO_ENABLED=1"));
  auto another = compiler;
  another.identity.digest = Digest::of("another");
  EXPECT_NE(cgo_settings(another, Profile::small), settings)
      << "go would take objects of the other one from its cache";
  EXPECT_EQ(compiler_path(settings.driver), "/opt/cc/bin:/usr/local/bin:/usr/bin:/bin");
}

TEST(Cgo, TagsAreAddedOnce) {
  EXPECT_THAT(cgo_tags({"netgo", "zebra"}), testing::ElementsAre("netgo", "osusergo", "zebra"));
}

}  // namespace
}  // namespace whittle::builder
