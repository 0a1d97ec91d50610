#include "closure/go_commands.hpp"

#include <gmock/gmock.h>

#include "tests/support/go_program.hpp"

namespace whittle::closure {
namespace {

constexpr std::string_view caller = R"(package main

import (
	"context"
	"os"
	"os/exec"
)

func callCommands() {
	exec.Command("git", "--version").Run()
	exec.CommandContext(context.Background(), "/usr/bin/convert", "a", "b").Run()
	if path, err := exec.LookPath("rsync"); err == nil {
		os.Stdout.WriteString(path)
	}
}

func callAny() { exec.Command(os.Getenv("TOOL")).Run() }
)";

GoCommands commands_of(const std::string& bytes) {
  const binaries::MemoryAccess file(bytes);
  return read_go_commands(file, binaries::read_elf(file));
}

class GoCommandsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!whittle::test::GoProgram::available()) GTEST_SKIP() << "there is no go here";
  }
  std::string build(std::string_view start) const {
    program_.write("calls.go", std::string(caller) + "\nfunc init() {" + std::string(start) + "}\n");
    return program_.build({}, {std::string("GOARCH=") + GetParam(), "CGO_ENABLED=0"});
  }
  whittle::test::GoProgram program_;
};

TEST_P(GoCommandsTest, AreThoseThatCallsName) {
  const auto found = commands_of(build("callCommands()"));
  EXPECT_THAT(found.names, testing::UnorderedElementsAre("/usr/bin/convert", "git", "rsync"));
  EXPECT_FALSE(found.computes_some);
}

TEST_P(GoCommandsTest, AreNotAllConstant) {
  const auto found = commands_of(build("callAny()"));
  EXPECT_TRUE(found.names.empty());
  EXPECT_TRUE(found.computes_some);
}

TEST_P(GoCommandsTest, AreNoneWithoutCalls) {
  const auto found = commands_of(build(""));
  EXPECT_TRUE(found.names.empty());
  EXPECT_FALSE(found.computes_some);
}

INSTANTIATE_TEST_SUITE_P(Machines, GoCommandsTest, testing::Values("amd64", "arm64"));

}  // namespace
}  // namespace whittle::closure
