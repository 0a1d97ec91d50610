// The build information of a program of others steers a rebuild by a list of what is allowed (hostile.md,
// 247).
#include "optimizer/foreign_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::optimizer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;

binaries::BuildInfo program() {
  binaries::BuildInfo info;
  info.go_version = "go1.26.8";
  info.path = "example.com/shop/cmd/api";
  info.main_module = binaries::GoModule{"example.com/shop", "(devel)", ""};
  info.settings = {{"-buildmode", "exe"}, {"-compiler", "gc"}, {"-trimpath", "true"}, {"CGO_ENABLED", "0"},
                   {"GOOS", "linux"},     {"GOARCH", "amd64"}, {"GOAMD64", "v1"}};
  return info;
}

ForeignSettings with(const std::string& name, const std::string& value) {
  auto info = program();
  info.settings[name] = value;
  return read_foreign_settings(info);
}

TEST(ForeignSettings, TakeWhatTheUsualBuildRecords) {
  const auto settings = read_foreign_settings(program());
  EXPECT_EQ(settings.go_version, "1.26.8");
  EXPECT_EQ(settings.package, "example.com/shop/cmd/api");
  EXPECT_THAT(settings.flags, ElementsAre("-trimpath", "-buildvcs=false"));
  EXPECT_THAT(settings.variables, ElementsAre("CGO_ENABLED=0", "GOAMD64=v1", "GOARCH=amd64", "GOOS=linux"));
  EXPECT_EQ(settings.linker_flags, std::nullopt) << "go records none beside -trimpath";
  EXPECT_THAT(settings.obstacles, IsEmpty());
}

TEST(ForeignSettings, NameWhatDiffersFromWhatWhittleDoes) {
  auto info = program();
  info.settings.erase("-trimpath");
  info.settings["-tags"] = "netgo,osusergo";
  const auto settings = read_foreign_settings(info);
  EXPECT_FALSE(settings.trimpath);
  EXPECT_THAT(settings.notable, ElementsAre("Go 1.26.8", "without -trimpath", "-tags=netgo,osusergo"));
  EXPECT_THAT(settings.linker_flags, Optional(IsEmpty()))
      << "without -trimpath, none is recorded where none was";
  EXPECT_THAT(settings.flags, Contains("-tags=netgo,osusergo"));
}

TEST(ForeignSettings, TakeThatNothingWasInlinedAndNoOtherCompilerFlag) {
  const auto settings = with("-gcflags", "all=-l");
  EXPECT_THAT(settings.obstacles, IsEmpty());
  EXPECT_THAT(settings.flags, Contains("-gcflags=all=-l"));
  EXPECT_THAT(settings.notable, Contains("-gcflags=all=-l"));
  for (const auto* other : {"std=", "all=-l -B", "-l", "all=-l\n"})
    EXPECT_THAT(with("-gcflags", other).obstacles, ElementsAre(HasSubstr("-gcflags"))) << other;
}

TEST(ForeignSettings, RunNoToolAndReadNoFileThatARecordNames) {  // 247
  for (const auto& [name, value] : std::map<std::string, std::string>{{"-toolexec", "/bin/sh -c x"},
                                                                      {"-overlay", "/etc/x.json"},
                                                                      {"-modfile", "other.mod"},
                                                                      {"-exec", "sh"},
                                                                      {"-gcflags", "-m"},
                                                                      {"-asmflags", "-D x"},
                                                                      {"-pgo", "/home/u/other.pgo"},
                                                                      {"-buildmode", "plugin"},
                                                                      {"-compiler", "gccgo"},
                                                                      {"CC", "/tmp/cc"},
                                                                      {"CGO_CFLAGS", "-fplugin=/tmp/x.so"},
                                                                      {"GOFLAGS", "-toolexec=x"},
                                                                      {"GOROOT", "/tmp/go"},
                                                                      {"GOPROXY", "https://example.com"},
                                                                      {"GOEXPERIMENT", "boringcrypto"},
                                                                      {"GOARCH", "amd64\nCC=x"},
                                                                      {"GOAMD64", "../x"}}) {
    const auto settings = with(name, value);
    EXPECT_THAT(settings.obstacles, ElementsAre(HasSubstr(name))) << name;
    EXPECT_THAT(settings.flags, ElementsAre("-trimpath", "-buildvcs=false")) << name;
    for (const auto& variable : settings.variables) EXPECT_THAT(variable, Not(HasSubstr(value))) << name;
  }
}

TEST(ForeignSettings, TakeNoOddTags) {  // 247
  for (const auto* tags : {"", "-toolexec=x", "@file", "a,,b", "a -o", "a\nb", "a;b", ","}) {
    const auto settings = with("-tags", tags);
    EXPECT_THAT(settings.obstacles, ElementsAre(HasSubstr("-tags"))) << tags;
    EXPECT_THAT(settings.flags, Not(Contains(HasSubstr("-tags")))) << tags;
  }
}

TEST(ForeignSettings, TakeNoMainPackageThatGoWouldReadAsSomethingElse) {  // 41, 247
  for (const auto* path : {"", "-o", "command-line-arguments", "example.com/...", "../x", "/abs", "a@v1",
                           "x.go", "example.com/a b"}) {
    auto info = program();
    info.path = path;
    const auto settings = read_foreign_settings(info);
    EXPECT_EQ(settings.package, "") << path;
    EXPECT_THAT(settings.obstacles, ElementsAre(HasSubstr("main package"))) << path;
  }
}

TEST(ForeignSettings, TakeNoGoThatIsNotARelease) {
  for (const auto* version :
       {"devel go1.27-abc", "go1.26.8 X:loopvar", "go1.26", "1.26.8", "go1.26.8-custom", ""}) {
    auto info = program();
    info.go_version = version;
    EXPECT_EQ(read_foreign_settings(info).go_version, "") << version;
    EXPECT_THAT(read_foreign_settings(info).obstacles, ElementsAre(HasSubstr("no release of Go"))) << version;
  }
}

TEST(ForeignSettings, StampACommitOnlyWhenItHasAllSources) {
  const std::string commit(40, 'a');
  auto info = program();
  info.settings.insert(
      {{"vcs", "git"}, {"vcs.revision", commit}, {"vcs.time", "x"}, {"vcs.modified", "false"}});
  EXPECT_EQ(read_foreign_settings(info).revision, commit);
  EXPECT_THAT(read_foreign_settings(info).flags, Contains("-buildvcs=true"));
  EXPECT_THAT(read_foreign_settings(info).notable, Contains("-buildvcs=true at aaaaaaaaaaaa"));
  for (const auto& [name, value] : std::map<std::string, std::string>{{"vcs.modified", "true"},
                                                                      {"vcs", "hg"},
                                                                      {"vcs.revision", "--upload-pack=x"},
                                                                      {"vcs.revision", "HEAD"}}) {
    auto other = info;
    other.settings[name] = value;
    EXPECT_EQ(read_foreign_settings(other).revision, "") << name;
    EXPECT_THAT(read_foreign_settings(other).flags, Contains("-buildvcs=false")) << name;
    EXPECT_EQ(read_foreign_settings(other).obstacles.size(), 1U) << name;
  }
}

TEST(ForeignLinkerFlags, AreStrippingTheBuildIdAndValues) {
  EXPECT_THAT(allowed_linker_flags(""), Optional(IsEmpty()));
  EXPECT_THAT(allowed_linker_flags("-s -w -buildid="), Optional(ElementsAre("-s", "-w", "-buildid=")));
  EXPECT_THAT(allowed_linker_flags("-X main.version=1.2 '-X=main.by=a b' -X \"main.q=it's\""),
              Optional(ElementsAre("-X", "main.version=1.2", "-X=main.by=a b", "-X", "main.q=it's")));
  EXPECT_THAT(allowed_linker_flags("-X main.at=@file"), Optional(ElementsAre("-X", "main.at=@file")));
}

TEST(ForeignLinkerFlags, NameNoProgramAndNoFile) {  // 247
  for (const auto* flags : {"-extld=/tmp/ld",
                            "-linkmode=external",
                            "-extldflags -static",
                            "-o /etc/passwd",
                            "@/tmp/flags",
                            "-X @file",
                            "-X",
                            "-X -o=x",
                            "-X=@file=1",
                            "all=-s",
                            "-buildid=x",
                            "-tmpdir=/x",
                            "-I /lib/x",
                            "-r /x",
                            "'-s",
                            "--",
                            "main.go",
                            "-X a=\"b\nc\"",
                            "-s=false",
                            "-X 'a=\"it",
                            "-importcfg=/x"})
    EXPECT_EQ(allowed_linker_flags(flags), std::nullopt) << flags;
}

}  // namespace
}  // namespace whittle::optimizer
