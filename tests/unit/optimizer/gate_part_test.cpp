#include "optimizer/gate_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/small_program.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;
using test::failure;
using test::SmallProgram;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class GatePart : public testing::Test {
 protected:
  void add(const std::string& path, const SmallProgram& program = {}, bool has_loader = false) {
    const auto bytes = program.bytes();
    const auto file = folder_.path() / std::to_string(image_.programs.size());
    write_file(file, bytes, AtomicFile::Durability::content);
    const auto platform = layers::Platform::parse("linux/amd64");
    GoProgram one{platform, path, Digest::of("a layer"), Digest::of(bytes), file, {}};
    one.info.go_version = program.version;
    one.has_loader = has_loader;
    image_.programs.push_back(one);
  }
  std::string refusal() const {
    return failure([&] { check_gate(image_); });
  }
  static SmallProgram for_another_machine() { return {.machine = 183}; }
  static SmallProgram that_asks_for_a_loader() {
    SmallProgram program;
    program.segments.push_back({3, 4, 6000, 7});
    program.patches[6000] = std::string("/ld.so\0", 7);
    return program;
  }

  TemporaryFolder folder_{fs::temp_directory_path()};
  ProgramsOfImage image_;
};

TEST_F(GatePart, SaysHowManyPassed) {
  EXPECT_EQ(check_gate(image_), "0 Go programs passed it");
  add("bin/a");
  EXPECT_EQ(check_gate(image_), "1 Go program passed it");
}

TEST_F(GatePart, NamesTheProgramThatDoesNot) {
  add("bin/a");
  add("bin/b\x1b", for_another_machine());
  EXPECT_THAT(refusal(), StartsWith("unverified: bin/b\\x1b: "));
  EXPECT_THAT(refusal(), HasSubstr("it is for ELF machine 183, linux/amd64 needs 62"));
  EXPECT_THAT(refusal(), Not(HasSubstr("bin/a")));
}

TEST_F(GatePart, NamesThreeAndCountsTheOthers) {
  for (const auto* path : {"a", "b", "c", "d", "e"}) add(path, for_another_machine());
  EXPECT_THAT(refusal(), HasSubstr("; c: "));
  EXPECT_THAT(refusal(), Not(HasSubstr("; d: ")));
  EXPECT_THAT(refusal(), testing::EndsWith("; and 2 more programs"));
}

TEST_F(GatePart, ALoaderCountsWhenTheImageHasIt) {
  add("a", that_asks_for_a_loader(), true);
  EXPECT_EQ(refusal(), "no error");
  add("b", that_asks_for_a_loader());
  EXPECT_THAT(refusal(), HasSubstr("b: "));
  EXPECT_THAT(refusal(), HasSubstr("it asks for the loader \"/ld.so\""));
}

TEST_F(GatePart, AnyReleaseOfGoMayHaveMadeIt) {
  add("a", {.version = "go1.21.3"});
  add("b", {.version = "go1.26.8 X:nocoverageredesign"});
  EXPECT_EQ(refusal(), "no error");
}

}  // namespace
}  // namespace whittle::optimizer
