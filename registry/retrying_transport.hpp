// A transport that sends a request again when that is safe and a moment later may go well (hostile.md, 129,
// 135 to 137).
#pragma once

#include "registry/http.hpp"
#include "registry/retries.hpp"

namespace whittle::registry {

// What Retries::again() is told of an answer.
Retries::Failure failure_of(const Response& response, const std::string& what, unsigned attempt);

// Borrows both. Thread-safe.
class RetryingTransport final : public Transport {
 public:
  RetryingTransport(Transport& inner, Retries& retries) : inner_(inner), retries_(retries) {}
  // Like the inner transport's. What a request for a document is answered has arrived whole, up to the size
  // that a document may have, so that a cut is a failure like any other (hostile.md, 130). A status that is
  // not settled is returned only when there is no further attempt, with the number of those that were made.
  Response send(const Request& request) override;

 private:
  Transport& inner_;
  Retries& retries_;
};

}  // namespace whittle::registry
