#include "common/subprocess.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using namespace std::chrono_literals;
using test::failure;
using testing::HasSubstr;

Command shell(std::string script) {
  return {{"/bin/sh", "-c", std::move(script)}, {"PATH=/usr/bin:/bin"}, "/"};
}

// Runs the script, asks it to stop after a moment, and returns how long that took.
std::chrono::milliseconds time_to_stop(const std::string& script) {
  std::stop_source source;
  std::chrono::steady_clock::time_point asked;
  std::thread other([&] {
    std::this_thread::sleep_for(200ms);
    asked = std::chrono::steady_clock::now();
    source.request_stop();
  });
  EXPECT_EQ(failure([&] { run(shell(script), source.get_token()); }), "interrupted: interrupted");
  other.join();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked);
}

// A dead process may stay as a zombie for a while: whoever adopted it has to reap it (proc(5), "state").
bool is_running(int process) {
  const auto status = read_file_if_present(fmt::format("/proc/{}/stat", process), 4096);
  return status && status->find(") Z ") == std::string::npos;
}

TEST(Subprocess, GivesOutputErrorsAndCode) {
  const auto outcome = run(shell("echo out; echo err >&2; exit 3"), {});
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.errors, "err\n");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_FALSE(outcome.succeeded());
  EXPECT_TRUE(run(shell("true"), {}).succeeded());
}

TEST(Subprocess, GivesTheInput) {
  auto command = shell("cat; test ! -t 0");
  EXPECT_EQ(run(command, {}).output, "");
  command.input = std::string(300000, 'x') + "end";
  EXPECT_EQ(run(command, {}).output, command.input);
}

TEST(Subprocess, Hostile184_EndsWhatTakesTooLong) {
  auto command = shell("trap '' TERM; echo begun; sleep 60 & sleep 60");
  command.time_limit = 200ms;
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = run(command, {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_FALSE(outcome.succeeded());
  EXPECT_EQ(outcome.output, "begun\n");
  command = shell("exit 0");
  command.time_limit = 10s;
  EXPECT_TRUE(run(command, {}).succeeded());
}

TEST(Subprocess, Hostile051_NamesTheSignal) {
  const auto outcome = run(shell("kill -9 $$"), {});
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_EQ(outcome.exit_code, -1);
}

TEST(Subprocess, EnvironmentAndFolderAreExact) {
  Command command = shell("pwd; env | sort");
  command.environment = {"A=1", "PATH=/usr/bin:/bin"};
  const auto outcome = run(command, {});
  EXPECT_THAT(outcome.output, HasSubstr("/\nA=1\n"));
  EXPECT_THAT(outcome.output, testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(outcome.output, testing::Not(HasSubstr("WHITTLE_SOURCE_DIR=")));
}

TEST(Subprocess, ArgumentsReachItUnchanged) {
  const auto outcome = run({{"/usr/bin/printf", "%s|", "-a b", "$(x)", "\"'\n", ""}, {}, "/"}, {});
  EXPECT_EQ(outcome.output, "-a b|$(x)|\"'\n||");
}

TEST(Subprocess, Hostile052_AMissingProgramIsNotFound) {
  EXPECT_EQ(failure([] {
              run({{"/no/such/go"}, {}, "/"}, {});
            }),
            "not-found: starting /no/such/go: no such program or folder");
  EXPECT_EQ(failure([] {
              run({{"/etc/passwd"}, {}, "/"}, {});
            }),
            "io: starting /etc/passwd: Permission denied");
}

TEST(Subprocess, Hostile053_ErrorsAreCutToTheirTail) {
  Command command = shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end >&2");
  const auto outcome = run(command, {});
  EXPECT_EQ(outcome.errors.size(), command.error_tail);
  EXPECT_TRUE(outcome.errors.ends_with("xend\n"));
}

TEST(Subprocess, Hostile053_OutputHasALimit) {
  Command command = shell("yes");
  command.output_limit = 1000;
  EXPECT_EQ(failure([&] { run(command, {}); }), "limit: /bin/sh wrote more than the limit of 1000 bytes");
}

TEST(Subprocess, Hostile053_BothPipesFullDoNotDeadlock) {
  const auto outcome = run(shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero"), {});
  EXPECT_EQ(outcome.output.size(), 1'000'000U);
}

TEST(Subprocess, AGrandchildDoesNotHoldUpTheResult) {
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = run(shell("echo done; sleep 30 &"), {});
  EXPECT_EQ(outcome.output, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Subprocess, Hostile051_WhatItLeavesRunningIsEnded) {
  const auto outcome = run(shell("exec 2>&-; sleep 60 >&- & echo $!"), {});
  const auto process = std::stoi(outcome.output);
  for (int i = 0; i < 100 && is_running(process); ++i) std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(is_running(process)) << process;
}

TEST(Subprocess, Hostile225_EndsWhenAskedToStop) {
  EXPECT_LT(time_to_stop("sleep 30"), 2s);
}

TEST(Subprocess, Hostile225_EndsOneThatIgnoresTheRequest) {
  EXPECT_LT(time_to_stop("trap '' TERM; sleep 30; sleep 30"), 3s);
}

TEST(Subprocess, Hostile225_EndsOneThatClosedItsPipes) {
  EXPECT_LT(time_to_stop("exec >/dev/null 2>&1; sleep 30"), 2s);
  EXPECT_LT(time_to_stop("exec >/dev/null 2>&1; trap '' TERM; sleep 30; sleep 30"), 3s);
}

TEST(Subprocess, Hostile219_InheritsNoDescriptor) {
  const Fd open = open_file("/etc/passwd");
  const auto outcome = run(shell("ls -l /proc/self/fd/"), {});
  EXPECT_THAT(outcome.output, HasSubstr("/dev/null"));
  EXPECT_THAT(outcome.output, testing::Not(HasSubstr("/etc/passwd")));
}

TEST(Subprocess, AShortProgramTakesNoPollingInterval) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) run({{"/bin/true"}, {}, "/"}, {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20 * 40ms);
}

}  // namespace
}  // namespace whittle
