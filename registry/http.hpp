// HTTP as the registry client sees it: requests whose body can be sent again, answers whose body is pulled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "registry/url.hpp"

namespace whittle::registry {

// Whether two names of fields are the same, which they are without regard to case.
bool same_name(std::string_view a, std::string_view b);

// Header fields in the order they came; names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  std::optional<std::string_view> find(std::string_view name) const;  // the first
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct RequestBody {
  OpenSource open;         // called anew whenever the body has to be sent again
  std::uint64_t size = 0;  // exactly what the source must give
};

struct Request {
  std::string method;
  Url url;
  Headers headers = {};
  std::optional<RequestBody> body = {};  // PUT and POST without one send Content-Length: 0
  std::string authorization = {};        // the Authorization field, kept apart so that it cannot stray
  bool repeatable = true;                // whether sending it twice does no harm
  bool for_document = false;             // the answer is small, and worth nothing unless it is whole
};

struct Response {
  int status = 0;
  Headers headers = {};
  Url url = {};                           // the one that answered
  std::unique_ptr<ByteSource> body = {};  // read it to its end to let the connection be used again
  unsigned attempts = 1;                  // that it took
};

// Sends one request and returns when the header of its answer is there. Redirects are not followed. Safe to
// call from several threads; the returned body may be read in any one thread and may outlive the transport.
// Throws RegistryError(network) naming host and stage, RegistryError(registry) for what is not HTTP or beyond
// the limits, Error(interrupted) within a second of a stop, and whatever a request's body throws.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Response send(const Request& request) = 0;
};

// Reads what is left, at most 64 KiB, so that the connection can be used again.
void discard(Response& response);
// The body as text, cut off after `limit` bytes.
std::string read_some(Response& response, std::size_t limit);
// So much of an error's body is enough to say what went wrong.
inline constexpr std::size_t error_body_limit = 64U << 10U;

}  // namespace whittle::registry
