#include "builder/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/file.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/small_program.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

using Program = test::SmallProgram;

class Gate : public testing::Test {
 protected:
  // What the gate says of a file with these bytes.
  std::string verdict(const std::string& bytes) {
    const auto file = folder.path() / "api";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    return test::failure([&] {
      check_binary(file, {layers::Platform::parse("linux/amd64"),
                          "1.26.8",
                          "./cmd/api",
                          {folder.path() / "go.sum"},
                          {"/cache/whittle"},
                          {"/src/project"},
                          compiler_flags});
    });
  }
  // The same where C is part of it.
  std::string verdict_with_cgo(const std::string& bytes) {
    const auto file = folder.path() / "api";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    GateRules rules{layers::Platform::parse("linux/amd64"), "1.26.8", "./cmd/api"};
    rules.cgo = true;
    return test::failure([&] { check_binary(file, rules); });
  }
  TemporaryFolder folder{fs::temp_directory_path()};
  std::optional<std::string> compiler_flags = {};
};

TEST_F(Gate, LetsPassWhatGoMakes) {
  EXPECT_EQ(verdict(Program().bytes()), "no error");
}

TEST_F(Gate, Hostile038_NoProgramForThePlatform) {
  EXPECT_THAT(verdict(""),
              HasSubstr("policy: checking the binary of ./cmd/api for linux/amd64: it is not an ELF file"));
  EXPECT_THAT(verdict("#!/bin/sh\necho hello\n"), HasSubstr("not an ELF file; it begins with \"#!/bin/sh"));
  EXPECT_THAT(verdict("\x1b[2J"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(verdict(Program{.machine = 183}.bytes()), HasSubstr("policy: "));
  EXPECT_THAT(verdict(Program{.machine = 183}.bytes()),
              HasSubstr("it is for ELF machine 183, linux/amd64 needs 62"));
}

TEST_F(Gate, WithCTheBuildInformationSaysSo) {
  Program program;
  EXPECT_THAT(verdict_with_cgo(program.bytes()), HasSubstr("has CGO_ENABLED=\"0\", expected 1"));
  program.settings.replace(program.settings.find("CGO_ENABLED=0"), 13, "CGO_ENABLED=1");
  EXPECT_EQ(verdict_with_cgo(program.bytes()), "no error");
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("has CGO_ENABLED=\"1\", expected 0"));
}

TEST_F(Gate, KnowsWhichCompilerFlagsWereGiven) {
  Program program;
  program.settings = "build\t-gcflags=std=\n" + program.settings;
  EXPECT_EQ(verdict(program.bytes()), "no error") << "where nothing is known of them";
  compiler_flags = "std=";
  EXPECT_EQ(verdict(program.bytes()), "no error");
  EXPECT_THAT(verdict(Program().bytes()),
              HasSubstr("its build information has -gcflags=nothing, expected std="));
  compiler_flags = "";
  EXPECT_EQ(verdict(Program().bytes()), "no error");
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("has -gcflags=\"std=\", which it was not built with"));
}

TEST_F(Gate, Hostile051_AProgramThatWasCut) {
  const auto whole = Program().bytes();
  for (const std::size_t length : {70U, 2000U, 8191U})
    EXPECT_THAT(verdict(whole.substr(0, length)),
                HasSubstr("toolchain: checking the binary of ./cmd/api for linux/amd64: "
                          "go made a broken executable"));
}

TEST_F(Gate, Hostile037_AProgramThatNeedsALoader) {
  Program program;
  program.segments.push_back({3, 4, 6000, 9});
  program.patches[6000] = std::string("/lib/ld\x1b\0", 9);
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("policy: "));
  EXPECT_THAT(verdict(program.bytes()), HasSubstr(R"(it asks for the loader "/lib/ld\x1b")"));
  // A library, named by DT_NEEDED (1) at offset 1 of the strings that DT_STRTAB (5) points to.
  program.segments.back() = {2, 6, 6000, 48};
  std::string dynamic(48, '\0');
  test::put_number(dynamic, 0, 1, 8);
  test::put_number(dynamic, 8, 1, 8);
  test::put_number(dynamic, 16, 5, 8);
  test::put_number(dynamic, 24, Program::address + 6100, 8);
  program.patches = {{6000, dynamic}, {6101, "libc\x1b.so.6"}};
  EXPECT_THAT(verdict(program.bytes()),
              HasSubstr(R"(it is linked against libc\x1b.so.6, and the image has no loader)"));
}

TEST_F(Gate, WritableCode) {
  Program program;
  program.segments[1].flags = 7;
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("both writable and executable"));
}

TEST_F(Gate, NoBuildInformation) {
  Program program;
  program.patches[Program::record_at] = std::string(32, '\0');
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("policy: "));
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("no Go build information"));
}

TEST_F(Gate, BuildInformationOfAnotherBuild) {
  EXPECT_THAT(verdict(Program{.version = "go1.2.3"}.bytes()),
              HasSubstr(R"(it was built by "go1.2.3", not by Go 1.26.8)"));
  EXPECT_THAT(verdict(Program{.version = "\x1b[31m"}.bytes()), HasSubstr(R"("\x1b[31m")"));
  EXPECT_THAT(verdict(Program{.settings = "build\tGOOS=linux\n"}.bytes()),
              HasSubstr("GOARCH=nothing, expected amd64"));
  EXPECT_THAT(verdict(Program{.modules = "dep\n"}.bytes()), HasSubstr("toolchain: "));
}

TEST_F(Gate, Hostile029_AModuleThatGoSumDoesNotState) {
  Program program;
  program.modules += "dep\texample.com/a\tv1.0.0\th1:aaaa=\n";
  EXPECT_THAT(
      verdict(program.bytes()),
      HasSubstr(
          "policy: checking the binary of ./cmd/api for linux/amd64: its module example.com/a v1.0.0 has "
          "the sum h1:aaaa=, which go.sum does not state"));
  std::ofstream(folder.path() / "go.sum") << "example.com/a v1.0.0 h1:aaaa=\n";
  EXPECT_EQ(verdict(program.bytes()), "no error");
  program.modules += "dep\ta\x1b[31m\tv1\x07\th1:\xff=\n";
  EXPECT_THAT(verdict(program.bytes()), HasSubstr(R"(its module a\x1b[31m v1\x07 has the sum h1:\xff=, )"));
}

TEST_F(Gate, PathsOfTheBuildMachine) {
  Program program;
  program.patches[6000] = "/src/project/cmd/api/main.go";
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("it holds a path of the build machine at offset 6000"));
  program.patches[6000] = "/src/project/config.yaml    ";  // a value that happens to lie there
  EXPECT_EQ(verdict(program.bytes()), "no error");
  program.patches[6000] = "example.com/src/project/cmd/api/main.go";  // a module's name that has it inside
  EXPECT_EQ(verdict(program.bytes()), "no error");
  program.patches[6000] = std::string("\0/src/project/cmd/api/main.go", 29);
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("at offset 6001"));
  program.patches[6000] = "/cache/whittle/go-build/x";
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("at offset 6000: \"/cache/whittle/go-build/x\""));
}

}  // namespace
}  // namespace whittle::builder
