// Variants of one Go program, built here: what differs between them is found, and named in one line.
#include "comparison/binary_difference.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "binaries/elf.hpp"
#include "common/error.hpp"
#include "comparison/binary_causes.hpp"
#include "comparison/cause_list.hpp"
#include "tests/support/go_program.hpp"

namespace whittle::comparison {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

Findings compared(const std::string& a, const std::string& b) {
  Findings findings;
  findings.add(
      {{"usr/bin/shop"}, "content", fmt::format("{} bytes", a.size()), fmt::format("{} bytes", b.size())});
  compare_binaries(binaries::MemoryAccess(a), binaries::MemoryAccess(b), {"usr/bin/shop"}, findings);
  return findings;
}

// "KIND: TEXT" of each cause.
std::vector<std::string> binary_causes_of(const Findings& findings) {
  CauseList causes(findings);
  add_binary_causes(causes);
  std::vector<std::string> texts;
  for (const auto& cause : causes.take()) texts.push_back(cause.kind + ": " + cause.text);
  return texts;
}

std::vector<std::string> binary_causes_of(const std::string& a, const std::string& b) {
  return binary_causes_of(compared(a, b));
}

// What no rule explained.
std::vector<std::string> unexplained(const Findings& findings) {
  CauseList causes(findings);
  add_binary_causes(causes);
  std::vector<std::string> rest;
  for (const auto* finding : causes.those([](const Finding&) { return true; }))
    rest.push_back(fmt::format("{} {}", finding->aspect, fmt::join(finding->where, " / ")));
  return rest;
}

std::vector<std::string> places(const Findings& findings, std::string_view aspect) {
  std::vector<std::string> result;
  for (const auto& finding : findings.kept())
    if (finding.aspect == aspect) result.push_back(finding.where.back());
  return result;
}

class BinaryDifference : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
  }
  test::GoProgram program_;
};

TEST_F(BinaryDifference, OneFunctionIsNamedAndOthersWereOnlyMoved) {
  const auto a = program_.build();
  program_.replace("gen/gen.go", "return stamp", "return stamp + stamp[:len(stamp)-2]");
  const auto findings = compared(a, program_.build());
  EXPECT_THAT(places(findings, "go-function"), ElementsAre("function example.com/my.shop/gen.Stamp"));
  EXPECT_THAT(places(findings, "go-package"), ElementsAre("package example.com/my.shop/gen"));
  EXPECT_EQ(findings.count("go-toolchain-package"), 0U);
  EXPECT_THAT(binary_causes_of(findings),
              ElementsAre(AllOf(
                  HasSubstr("source: package example.com/my.shop/gen: source changed: 1 function differs"))));
  EXPECT_THAT(unexplained(findings), IsEmpty());
}

TEST_F(BinaryDifference, FunctionsThatComeAndGoAreNamed) {
  const auto a = program_.build();
  program_.write(
      "more.go",
      "package main\n\nimport \"strings\"\n\nfunc init() { version += strings.Repeat(\"x\", 3) }\n");
  const auto findings = compared(a, program_.build());
  EXPECT_THAT(places(findings, "go-function"), Contains("function main.init.0"));
  EXPECT_THAT(binary_causes_of(findings), ElementsAre(StartsWith("source: package main: source changed")));
  EXPECT_THAT(unexplained(findings), IsEmpty());
}

TEST_F(BinaryDifference, ATimeStampInTheCodeIsOne) {
  const auto a = program_.build();
  program_.replace("gen/gen.go", "2026-11-28T07:00:00Z", "2026-11-28T07:31:59Z");
  EXPECT_THAT(
      binary_causes_of(a, program_.build()),
      ElementsAre("time-stamp: a time stamp is compiled into usr/bin/shop: 2026-11-28T07:00:00 instead of "
                  "2026-11-28T07:31:59"));
}

TEST_F(BinaryDifference, AValueOfTheLinkerIsNamed) {
  const auto plain = [&](const std::string& value) {
    return program_.build_plain({"-buildvcs=false", "-ldflags=-X main.version=" + value});
  };
  const auto a = plain("v1.2.3");
  EXPECT_THAT(binary_causes_of(a, plain("v1.2.4")),
              ElementsAre("linker-flag: linker flag -X main.version differs: v1.2.3 instead of v1.2.4"));
  EXPECT_THAT(binary_causes_of(a, plain("v1.2.4-with-more")),
              ElementsAre(HasSubstr("v1.2.3 instead of v1.2.4-with-more")));
  // With -trimpath, Go does not record the flags: the text itself is what is left.
  const auto trimmed = [&](const std::string& value) {
    return program_.build_plain(
        {"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid= -X main.version=" + value});
  };
  EXPECT_THAT(binary_causes_of(trimmed("v1.2.3"), trimmed("v1.2.4")),
              ElementsAre(AllOf(StartsWith("embedded-value: "), HasSubstr("v1.2.3"), HasSubstr("v1.2.4"))));
}

TEST_F(BinaryDifference, WithoutTrimpathThePathIsNamed) {
  const auto a = program_.build_plain({"-buildvcs=false"});
  const auto b = program_.build_plain({"-buildvcs=false", "-trimpath"});
  const auto root = program_.folder().parent_path().string();
  const auto findings = compared(a, b);
  EXPECT_THAT(binary_causes_of(findings),
              ElementsAre(AllOf(StartsWith("trimpath: A was built without -trimpath, B with it: the path "),
                                HasSubstr(root), HasSubstr("source files"))));
  EXPECT_EQ(findings.count("go-package"), 0U);
  EXPECT_THAT(unexplained(findings), IsEmpty());
}

TEST_F(BinaryDifference, TwoFoldersWithoutTrimpathAreNamed) {
  const test::GoProgram other;
  const auto flags = std::vector<std::string>{"-buildvcs=false", "-ldflags=-s -w -buildid="};
  EXPECT_THAT(
      binary_causes_of(program_.build_plain(flags), other.build_plain(flags)),
      ElementsAre(AllOf(StartsWith("build-path: "), HasSubstr(program_.folder().parent_path().string()),
                        HasSubstr(other.folder().parent_path().string()))));
}

TEST_F(BinaryDifference, ARevisionIsNamed) {
  const auto a = program_.build();
  program_.run({"git", "init", "-q"});
  program_.run({"git", "add", "."});
  program_.run({"git", "commit", "-qm", "first"});
  const auto b = program_.build_plain({"-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid="});
  EXPECT_THAT(binary_causes_of(a, b),
              ElementsAre(StartsWith("buildvcs: only B was built with -buildvcs: vcs.revision=")));
  program_.run({"git", "commit", "-qm", "second", "--allow-empty"});
  const auto c = program_.build_plain({"-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid="});
  EXPECT_THAT(binary_causes_of(b, c),
              ElementsAre(StartsWith("revision: built from another revision: vcs.revision: ")));
}

TEST_F(BinaryDifference, TagsAndMachineLevelsAreNamed) {
  const auto a = program_.build();
  EXPECT_THAT(binary_causes_of(a, program_.build({"-tags=extra,netgo"})),
              testing::UnorderedElementsAre("build-tag: build tag extra only in B",
                                            "build-tag: build tag netgo only in B"));
  const auto v3 = compared(a, program_.build({}, {"GOAMD64=v3"}));
  EXPECT_THAT(binary_causes_of(v3), ElementsAre("build-flag: built with GOAMD64: v1 instead of v3"));
  EXPECT_THAT(unexplained(v3), IsEmpty());
}

TEST_F(BinaryDifference, AnotherVersionOfADependencyIsNamed) {
  const auto a = program_.build();
  program_.replace("go.mod", "text v1.0.0\n", "text v1.1.0\n");
  EXPECT_THAT(binary_causes_of(a, program_.build()),
              ElementsAre(AllOf(StartsWith("dependency: module example.com/text v1.0.0"),
                                HasSubstr("instead of v1.1.0"))));
}

TEST_F(BinaryDifference, ADependencyThatChangedUnderItsVersionIsNamed) {
  const auto a = program_.build();
  program_.write("../text/text.go",
                 "package text\n\n//go:noinline\nfunc Upper(s string) string { return s + \"!\" }\n");
  EXPECT_THAT(binary_causes_of(a, program_.build()),
              Contains(StartsWith("dependency-source: package example.com/text of a dependency differs")));
}

TEST_F(BinaryDifference, StrippingIsNamed) {
  const auto full = program_.build_plain({"-trimpath", "-buildvcs=false"});
  const auto findings = compared(full, program_.build());
  EXPECT_THAT(binary_causes_of(findings),
              ElementsAre(AllOf(StartsWith("strip: stripped (as by -s -w) only in B: A holds "))));
  EXPECT_EQ(findings.count("go-package"), 0U);
  EXPECT_THAT(unexplained(findings), IsEmpty());
}

TEST_F(BinaryDifference, ABuildIdAloneIsNamed) {
  const auto with_id = [&](const std::string& id) {
    return program_.build_plain({"-trimpath", "-buildvcs=false", "-ldflags=-s -w -B none -buildid=" + id});
  };
  const auto findings = compared(with_id("aaaa"), with_id("bbbb"));
  EXPECT_THAT(binary_causes_of(findings),
              ElementsAre("build-id: another build ID and nothing else: aaaa instead of bbbb"));
}

TEST_F(BinaryDifference, EqualFilesDifferInNothing) {
  const auto a = program_.build();
  Findings findings;
  compare_binaries(binaries::MemoryAccess(a), binaries::MemoryAccess(a), {"x"}, findings);
  EXPECT_TRUE(findings.empty());
}

// The same in a file that carries another version's name: what an older Go would have left.
TEST_F(BinaryDifference, AnotherGoExplainsAllThatFollows) {
  const auto a = program_.build();
  program_.replace("gen/gen.go", "return stamp", "return stamp + stamp[:3]");
  auto b = program_.build();
  const auto record = b.find("\xff Go buildinf:");
  const auto version = b.find("go1.", record);
  ASSERT_NE(version, std::string::npos);
  b[version + 4] = '9';  // go1.26.8 becomes go1.96.8, or the like
  const auto causes = binary_causes_of(a, b);
  ASSERT_THAT(causes, SizeIs(1));
  EXPECT_THAT(causes[0], AllOf(StartsWith("go-version: built with Go 1."), HasSubstr(" instead of Go 1.9")));
}

TEST_F(BinaryDifference, AnotherArchitectureExplainsAll) {
  const auto findings = compared(program_.build(), program_.build({}, {"GOARCH=arm64"}));
  EXPECT_THAT(binary_causes_of(findings),
              ElementsAre("machine: built for another architecture: amd64 instead of arm64"));
  EXPECT_THAT(unexplained(findings), IsEmpty());
}

TEST_F(BinaryDifference, OnArm64FunctionsAreRecognizedAsMovedAsWell) {
  const auto a = program_.build({}, {"GOARCH=arm64"});
  program_.replace("gen/gen.go", "return stamp", "return stamp + stamp[:len(stamp)-2]");
  const auto findings = compared(a, program_.build({}, {"GOARCH=arm64"}));
  EXPECT_THAT(places(findings, "go-function"), ElementsAre("function example.com/my.shop/gen.Stamp"));
}

TEST_F(BinaryDifference, Hostile091_APartThatIsBrokenIsUnknownAndTheRestStands) {
  const auto a = program_.build();
  auto b = program_.build({"-tags=extra"});
  const auto elf = binaries::read_elf(binaries::MemoryAccess(b));
  const auto* table = elf.section(".gopclntab");
  ASSERT_TRUE(table != nullptr);
  std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(table->offset) + 8, 8,
              '\xff');  // the number of functions
  const auto findings = compared(a, b);
  EXPECT_THAT(places(findings, "not-looked-into"), ElementsAre("functions in B"));
  EXPECT_THAT(binary_causes_of(findings), ElementsAre("build-tag: build tag extra only in B"));
  const auto cut = compared(a, a.substr(0, a.size() / 2));
  EXPECT_THAT(places(cut, "not-looked-into"), ElementsAre("the file in B"));
}

}  // namespace
}  // namespace whittle::comparison
