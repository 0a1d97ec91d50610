#include "optimizer/circumstances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "common/error.hpp"
#include "tests/support/failure.hpp"

namespace whittle::optimizer {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

struct Ended {
  int code = 0;
  std::string output;
};

// Runs a script of sh under circumstances, in a process of its own that has one thread. Code 200 stands for
// an Error, whose message is the output.
Ended run_script(const Circumstances& circumstances, const std::string& script) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const auto argv = circumstances.argv_under("self", {"/bin/sh", "-c", script});
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], 1);
    ::close(ends[0]);
    ::close(ends[1]);
    try {
      ::_exit(run_under(std::span(argv).subspan(2), environ));
    } catch (const Error& error) {
      static_cast<void>(!::write(1, error.what(), error.message().size()));
      ::_exit(200);
    }
  }
  ::close(ends[1]);
  Ended ended;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    ended.output.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

#define SKIP_IF_REFUSED(ended) \
  if ((ended).code == 200) GTEST_SKIP() << "this machine does not allow it: " << (ended).output

TEST(Circumstances, WithNoneTheProgramIsStartedAsItIs) {
  EXPECT_EQ(Circumstances().argv_under("self", {"/bin/x", "y"}), (std::vector<std::string>{"/bin/x", "y"}));
}

TEST(Circumstances, TheUmaskIsAnother) {
  EXPECT_EQ(run_script({.umask = 027}, "umask").output, "0027\n");
}

TEST(Circumstances, FewerProcessorsAreSeen) {
  EXPECT_EQ(run_script({.processors = 1}, "nproc").output, "1\n");
}

TEST(Circumstances, TheUserIsAnotherWhoOwnsTheSameFiles) {
  const auto ended = run_script({.user = 4321}, "id -u; id -g; f=$(mktemp); stat -c %u $f; rm $f");
  SKIP_IF_REFUSED(ended);
  EXPECT_EQ(ended.output, "4321\n4321\n4321\n");
}

TEST(Circumstances, TheHostHasAnotherName) {
  const auto ended = run_script({.host = "elsewhere.example"}, "uname -n");
  SKIP_IF_REFUSED(ended);
  EXPECT_EQ(ended.output, "elsewhere.example\n");
}

TEST(Circumstances, ExitCodesAndSignalsComeThroughAShiftedClock) {
  const auto ended = run_script({.clock_shift = 1}, "exit 7");
  SKIP_IF_REFUSED(ended);
  EXPECT_EQ(ended.code, 7);
  EXPECT_EQ(run_script({.clock_shift = 1}, "kill -KILL $$").code, 128 + 9);
}

TEST(Circumstances, TheClockIsShiftedForProgramsThatAreStartedByPrograms) {
  const auto shift = 100'000;
  const auto before = ::time(nullptr);
  const auto ended = run_script({.clock_shift = shift}, "sh -c 'sh -c \"date +%s\"'");
  const auto after = ::time(nullptr);
  SKIP_IF_REFUSED(ended);
  EXPECT_GE(std::atoll(ended.output.c_str()), before + shift);
  EXPECT_LE(std::atoll(ended.output.c_str()), after + shift + 1);  // time() reads a coarser clock than date
}

// bash asks by gettimeofday(2) and by time(2), date by clock_gettime(2).
TEST(Circumstances, EveryWayToAskForTheTimeOfDayIsAnswered) {
  const auto shift = 100'000;
  const auto before = ::time(nullptr);
  const auto ended = run_script({.clock_shift = shift},
                                "bash -c 'echo ${EPOCHREALTIME%[.,]*}; printf \"%(%s)T\\n\" -1; date +%s'");
  const auto after = ::time(nullptr);
  SKIP_IF_REFUSED(ended);
  std::istringstream lines(ended.output);
  std::vector<long long> answers{std::istream_iterator<long long>(lines), {}};
  ASSERT_EQ(answers.size(), 3U) << ended.output;
  for (const auto answer : answers) {
    EXPECT_GE(answer, before + shift - 1);
    EXPECT_LE(answer, after + shift + 1);
  }
}

TEST(Circumstances, MissingProgramsAndUnknownWordsAreRefused) {
  const std::vector<std::string> missing = {"clock=1", "--", "/nonexistent/program"};
  const std::vector<std::string> unknown = {"moon=full", "--", "/bin/true"};
  const std::vector<std::string> nothing = {"umask=1"};
  const std::vector<std::string> no_number = {"umask=x", "--", "/bin/true"};
  EXPECT_THAT(failure([&] { run_under(unknown, environ); }),
              StartsWith("usage: \"moon=full\" is no circumstance"));
  EXPECT_THAT(failure([&] { run_under(nothing, environ); }), StartsWith("usage: no program"));
  EXPECT_THAT(failure([&] { run_under(no_number, environ); }), StartsWith("usage: \"x\" is no number"));
  EXPECT_EQ(run_script({.umask = 022}, "exit 3").code, 3);
}

}  // namespace
}  // namespace whittle::optimizer
