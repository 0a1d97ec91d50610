#include "registry/retrying_transport.hpp"

#include <fmt/format.h>

#include "registry/outcome.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {

Retries::Failure failure_of(const Response& response, const std::string& what, unsigned attempt) {
  Retries::Failure failure{attempt, response.status == 429, {}, fmt::format("{}: {}", what, response.status)};
  if (const auto field = response.headers.find("Retry-After"))
    failure.pause = parse_retry_after(*field, std::chrono::system_clock::now());
  return failure;
}

Response RetryingTransport::send(const Request& request) {
  const auto host = request.url.origin();
  for (unsigned attempt = 1;; ++attempt) {
    try {
      auto response = [&] {
        const auto turn = retries_.enter(host);
        return inner_.send(request);
      }();
      response.attempts = attempt;
      if (outcome_of(response.status) == Outcome::settled) {
        retries_.succeeded(host);
        return response;
      }
      const auto failure =
          failure_of(response, fmt::format("{} {}", request.method, request.url.redacted()), attempt);
      if (!request.repeatable || !retries_.again(host, failure)) return response;
      discard(response);
    } catch (RegistryError& error) {
      if (!error.retryable() || !request.repeatable) throw;
      if (retries_.again(host, {attempt, false, {}, error.message()})) continue;
      error.given_up();
      if (attempt > 1) error.hint(fmt::format("it was tried {} times", attempt));
      throw;
    }
  }
}

}  // namespace whittle::registry
