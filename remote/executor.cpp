#include "remote/executor.hpp"

#include <fmt/format.h>

namespace whittle::remote {
namespace {

// An execution that ended badly for a reason that may pass; not one whose action was not done in its time.
Status worth_repeating(const Status& status) {
  const bool passes = may_pass(status.code) && status.code != Code::deadline_exceeded;
  return passes ? status : Status{};
}

// What servers say of an operation that they do not know, or WaitExecution that they do not have.
bool is_forgotten(const Status& status) {
  return status.code == Code::not_found || status.code == Code::unimplemented ||
         status.code == Code::invalid_argument;
}

}  // namespace

std::optional<ActionResult> Executor::cached(const WantedAction& action) {
  ActionResult result;
  const auto status =
      calls_.repeat([&] { return remote_.action_result(action.name, action.inlined, result); });
  if (status.code == Code::not_found || status.code == Code::unimplemented) return std::nullopt;
  if (!status.ok()) throw calls_.error_of("asking for the result of an action", status);
  return result;
}

// What a worker finds missing is FAILED_PRECONDITION with a violation for each ("Execution.Execute"); some
// servers answer NOT_FOUND. Both are cured by sending what FindMissingBlobs then names.
Executor::Executed Executor::execute(const WantedAction& action, bool anew) {
  constexpr unsigned rounds = 3;
  Executed executed;
  for (unsigned round = 1;; ++round) {
    executed.sent += storage_.send(action.blobs);
    auto execution = run_to_end(action.name, anew);
    const auto code = execution.status.code;
    const bool lost =
        (code == Code::failed_precondition && !execution.status.missing.empty()) || code == Code::not_found;
    if (lost && round < rounds) continue;
    if (!execution.status.ok()) throw calls_.error_of("executing an action", execution.status);
    if (!execution.result)
      throw calls_.error_of("executing an action",
                            {Code::internal, "the execution ended without a result", {}, {}});
    executed.result = std::move(*execution.result);
    executed.is_cached = execution.is_cached;
    return executed;
  }
}

// A stream that ends before the execution does is taken up by the operation's name; where the server has
// forgotten that, from the start: it is the same action, and runs once where a server joins equal ones.
Execution Executor::run_to_end(const BlobId& action, bool anew) {
  const auto deadline = std::chrono::steady_clock::now() + longest_;
  Execution last;
  std::string operation;
  const auto status = calls_.repeat([&] {
    while (true) {
      const bool goes_on = !operation.empty();
      last = goes_on ? remote_.wait(operation) : remote_.execute(action, anew);
      operation = last.is_done ? std::string() : last.operation;
      if (last.is_done) return worth_repeating(last.status);
      if (goes_on && is_forgotten(last.status)) {
        operation.clear();
        return Status{Code::aborted, "the server has forgotten the execution", {}, {}};
      }
      if (std::chrono::steady_clock::now() > deadline)
        return last.status = {Code::cancelled, "it took longer than this command waits", {}, {}};
      // Whoever cut the stream at its deadline: nothing has failed yet.
      if (last.status.code == Code::deadline_exceeded && !operation.empty()) continue;
      if (last.status.ok()) last.status = {Code::unavailable, "the stream ended without a result", {}, {}};
      return last.status;
    }
  });
  if (!last.is_done) last.status = status;
  return last;
}

}  // namespace whittle::remote
