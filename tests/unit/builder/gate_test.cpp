#include "builder/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xffU);
}

struct Segment {
  std::uint64_t type;
  std::uint64_t flags;
  std::uint64_t offset;
  std::uint64_t size;
};

constexpr std::uint64_t address = 0x400000;  // of the file's first byte
constexpr std::size_t record_at = 1024;

// A program of a few segments that go might have made, with build information in its data.
struct Program {
  std::uint64_t machine = 62;  // EM_X86_64
  std::string version = "go1.26.8";
  std::string modules = "path\texample.com/m/cmd/api\nmod\texample.com/m\t(devel)\t\n";
  std::string settings =
      "build\t-trimpath=true\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\n";
  std::vector<Segment> segments = {{1, 5, 0, 8192}, {1, 6, record_at, 4096}};
  std::map<std::size_t, std::string> patches = {};

  std::string bytes() const {
    std::string file(
        "\x7f"
        "ELF\x02\x01\x01",
        7);
    file.resize(8192);
    put(file, 16, 2, 2);
    put(file, 18, machine, 2);
    put(file, 32, 64, 8);
    put(file, 54, 56, 2);
    put(file, 56, segments.size(), 2);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const auto at = 64 + 56 * i;
      put(file, at, segments[i].type, 4);
      put(file, at + 4, segments[i].flags, 4);
      put(file, at + 8, segments[i].offset, 8);
      put(file, at + 16, address + segments[i].offset, 8);
      put(file, at + 32, segments[i].size, 8);
      put(file, at + 40, segments[i].size, 8);
    }
    const auto record = build_info();
    file.replace(record_at, record.size(), record);
    for (const auto& [at, text] : patches) file.replace(at, text.size(), text);
    return file;
  }

  std::string build_info() const {
    std::string record("\xff Go buildinf:\x08\x02", 16);
    record.resize(32);
    for (const auto& text : {version, std::string(16, '<') + modules + settings + std::string(16, '>')}) {
      auto length = text.size();
      for (; length >= 0x80; length >>= 7U) record += static_cast<char>((length & 0x7fU) | 0x80U);
      record += static_cast<char>(length);
      record += text;
    }
    return record;
  }
};

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
                          {"/src/project"}});
    });
  }
  TemporaryFolder folder{fs::temp_directory_path()};
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
  put(dynamic, 0, 1, 8);
  put(dynamic, 8, 1, 8);
  put(dynamic, 16, 5, 8);
  put(dynamic, 24, address + 6100, 8);
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
  program.patches[record_at] = std::string(32, '\0');
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
  program.patches[6000] = "/cache/whittle/go-build/x";
  EXPECT_THAT(verdict(program.bytes()), HasSubstr("at offset 6000: \"/cache/whittle/go-build/x\""));
}

}  // namespace
}  // namespace whittle::builder
