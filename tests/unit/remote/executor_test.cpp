#include "remote/executor.hpp"

#include <gmock/gmock.h>

#include "remote/wire.hpp"
#include "tests/support/thrown_error.hpp"
#include "tests/unit/remote/served.hpp"

namespace whittle::remote {
namespace {

using test::failing;
using test::Served;

WantedAction wanted() {
  WantedAction action;
  action.name = action.blobs.add("an action");
  return action;
}

Execution done(int exit_code = 0) {
  Execution execution;
  execution.is_done = true;
  execution.operation = "operations/1";
  execution.result = ActionResult{exit_code};
  return execution;
}

Execution failed(Code code) {
  auto execution = done();
  execution.status = failing(code);
  execution.result.reset();
  return execution;
}

Execution cut(Code code) {
  Execution execution;
  execution.status = failing(code);
  execution.operation = "operations/1";
  return execution;
}

TEST(Executor, TakesAResultThatIsKept) {
  Served served;
  const auto action = wanted();
  EXPECT_FALSE(served.executor.cached(action));
  served.fake.results[action.name].exit_code = 7;
  EXPECT_EQ(served.executor.cached(action)->exit_code, 7);
}

TEST(Executor, SendsInputsAndWaitsForTheResult) {
  Served served;
  served.fake.on_execute = [&](const BlobId& action, bool skip_cache) {
    EXPECT_TRUE(served.fake.blobs.contains(action));
    EXPECT_FALSE(skip_cache);
    return done(3);
  };
  const auto executed = served.executor.execute(wanted(), false);
  EXPECT_EQ(executed.result.exit_code, 3);
  EXPECT_EQ(executed.sent, 9U);
}

TEST(Executor, WaitsOnWhenAStreamIsCut) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) { return cut(Code::unavailable); };
  served.fake.on_wait = [](const std::string& operation) {
    EXPECT_EQ(operation, "operations/1");
    return done(4);
  };
  EXPECT_EQ(served.executor.execute(wanted(), false).result.exit_code, 4);
  EXPECT_EQ(served.fake.count("execute"), 1U);
}

TEST(Executor, WaitsOnWhenItsOwnTimeForAStreamIsOver) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) { return cut(Code::deadline_exceeded); };
  int waits = 0;
  served.fake.on_wait = [&](const std::string&) {
    return ++waits < 50 ? cut(Code::deadline_exceeded) : done();
  };
  served.executor.execute(wanted(), false);
  EXPECT_EQ(waits, 50);
}

TEST(Executor, StartsAnewWhatTheServerHasForgotten) {
  Served served;
  int executions = 0;
  served.fake.on_execute = [&](const BlobId&, bool) {
    return ++executions == 1 ? cut(Code::unavailable) : done();
  };
  served.fake.on_wait = [](const std::string&) { return Execution{failing(Code::not_found)}; };
  served.executor.execute(wanted(), false);
  EXPECT_EQ(executions, 2);
}

TEST(Executor, SendsAgainWhatTheServerHasLost) {
  Served served;
  const auto action = wanted();
  int executions = 0;
  served.fake.on_execute = [&](const BlobId& name, bool) {
    if (++executions > 1) return done();
    served.fake.blobs.erase(name);
    auto lost = failed(Code::failed_precondition);
    lost.status.missing = {"blobs/" + name.hash + "/9"};
    return lost;
  };
  EXPECT_EQ(served.executor.execute(action, false).sent, 18U);
  EXPECT_EQ(executions, 2);
}

TEST(Executor, DoesNotRepeatAPreconditionThatSendingDoesNotMeet) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) { return failed(Code::failed_precondition); };
  EXPECT_EQ(test::failure_of([&] { served.executor.execute(wanted(), false); }).kind(), ErrorKind::network);
  EXPECT_EQ(served.fake.count("execute"), 1U);
}

TEST(Executor, GivesUpOnAServerThatLosesAllTheTime) {
  Served served;
  served.fake.on_execute = [&](const BlobId& name, bool) {
    auto lost = failed(Code::failed_precondition);
    lost.status.missing = {"blobs/" + name.hash + "/9"};
    return lost;
  };
  EXPECT_EQ(test::failure_of([&] { served.executor.execute(wanted(), false); }).kind(), ErrorKind::network);
  EXPECT_EQ(served.fake.count("execute"), 3U);
}

TEST(Executor, RepeatsExecutionsThatEndBusy) {
  Served served;
  int executions = 0;
  served.fake.on_execute = [&](const BlobId&, bool) {
    return ++executions < 3 ? failed(Code::resource_exhausted) : done();
  };
  served.executor.execute(wanted(), false);
  EXPECT_EQ(executions, 3);
}

TEST(Executor, TakesAnActionThatWasNotDoneInTimeForAFailure) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) { return failed(Code::deadline_exceeded); };
  EXPECT_THAT(test::failure_of([&] { served.executor.execute(wanted(), false); }).message(),
              testing::HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_EQ(served.fake.count("execute"), 1U);
}

TEST(Executor, GivesUpOnAServerThatIsGone) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) {
    return Execution{failing(Code::unavailable, "refused")};
  };
  const auto error = test::failure_of([&] { served.executor.execute(wanted(), false); });
  EXPECT_THAT(error.message(), testing::HasSubstr("UNAVAILABLE: refused"));
  EXPECT_EQ(served.fake.count("execute"), 4U);
}

TEST(Executor, TakesAnExecutionWithoutAResultForAFailure) {
  Served served;
  served.fake.on_execute = [](const BlobId&, bool) {
    auto execution = done();
    execution.result.reset();
    return execution;
  };
  EXPECT_EQ(test::failure_of([&] { served.executor.execute(wanted(), false); }).kind(), ErrorKind::network);
}

TEST(Executor, EndsWhenItIsAskedTo) {
  Served served;
  served.fake.on_execute = [&](const BlobId&, bool) {
    served.stop.request_stop();
    return cut(Code::cancelled);
  };
  EXPECT_EQ(test::failure_of([&] { served.executor.execute(wanted(), false); }).kind(),
            ErrorKind::interrupted);
}

}  // namespace
}  // namespace whittle::remote
