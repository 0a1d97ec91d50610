#include "registry/retrying_transport.hpp"

#include <fmt/format.h>

#include "common/json.hpp"
#include "registry/outcome.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

// What was read ahead, then the rest.
class ReadAheadSource final : public ByteSource {
 public:
  ReadAheadSource(std::string ahead, std::unique_ptr<ByteSource> rest)
      : ahead_(std::move(ahead)), rest_(std::move(rest)) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = ahead_.read(buffer);
    return count > 0 || buffer.empty() ? count : rest_->read(buffer);
  }

 private:
  TextSource ahead_;
  std::unique_ptr<ByteSource> rest_;
};

// A document beyond the limit is left to whoever reads it, and says what it is.
void read_ahead(Response& response) {
  auto ahead = read_some(response, JsonLimits().bytes + 1);
  response.body = std::make_unique<ReadAheadSource>(std::move(ahead), std::move(response.body));
}

}  // namespace

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
        if (request.for_document && response.status == 200) read_ahead(response);
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
