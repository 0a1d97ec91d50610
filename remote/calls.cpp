#include "remote/calls.hpp"

#include <fmt/format.h>

#include <array>

#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::remote {

std::string_view name_of(Code code) {
  static constexpr std::array<std::string_view, 17> names = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return names.at(static_cast<std::size_t>(code));
}

bool may_pass(Code code) {
  return code == Code::unavailable || code == Code::aborted || code == Code::resource_exhausted ||
         code == Code::internal || code == Code::unknown || code == Code::deadline_exceeded;
}

Status Calls::repeat(const std::function<Status()>& call) {
  for (unsigned attempt = 1;; ++attempt) {
    throw_if_stopped(stop_);
    const auto status = [&] {
      const auto turn = retries_.enter(host_);
      return call();
    }();
    throw_if_stopped(stop_);
    if (!may_pass(status.code)) {
      retries_.succeeded(host_);
      return status;
    }
    registry::Retries::Failure failure;
    failure.attempt = attempt;
    failure.too_many = status.code == Code::resource_exhausted;
    failure.pause = status.retry_after;
    failure.why = fmt::format("{}: {}", name_of(status.code), escaped(status.message));
    if (!retries_.again(host_, failure)) return status;
  }
}

void Calls::require(std::string_view doing, const std::function<Status()>& call) {
  const auto status = repeat(call);
  if (!status.ok()) throw error_of(doing, status);
}

Error Calls::error_of(std::string_view doing, const Status& status) const {
  const bool refused = status.code == Code::unauthenticated || status.code == Code::permission_denied;
  Error error(refused ? ErrorKind::auth : ErrorKind::network,
              fmt::format("{}: {}: {}: {}", host_, doing, name_of(status.code), escaped(status.message)));
  if (refused) error.hint("--remote-header, or --remote-certificate and --remote-key, say who asks");
  return error;
}

}  // namespace whittle::remote
