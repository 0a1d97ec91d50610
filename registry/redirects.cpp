#include "registry/redirects.hpp"

#include <fmt/format.h>

#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

constexpr int redirect_limit = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

[[noreturn]] void refuse_redirect(const Request& request, int status, std::string_view why) {
  throw RegistryError(ErrorKind::registry,
                      fmt::format("{} {}: {}: {}", request.method, request.url.redacted(), status, why),
                      {.status = status, .url = request.url.redacted()});
}

}  // namespace

Response send_following(Transport& transport, const ConnectRules& rules, Request request) {
  return send_following(
      transport, [&](const Url& from, const Url& to) { rules.check(from, to, "the redirect"); },
      std::move(request));
}

Response send_following(Transport& transport, const CheckHop& check, Request request) {
  const auto origin = request.url.origin();
  for (int hop = 0;; ++hop) {
    auto response = transport.send(request);
    const auto location = response.headers.find("Location");
    if (!is_redirect(response.status) || !location) return response;
    if (hop == redirect_limit)
      refuse_redirect(request, response.status,
                      fmt::format("more than {} redirects in a row", redirect_limit));
    const bool keeps = response.status == 307 || response.status == 308;
    if (!keeps && request.method != "GET" && request.method != "HEAD")
      refuse_redirect(request, response.status,
                      fmt::format("a redirect that would turn {} into GET", request.method));
    Url next;
    in_context(
        [&] { return fmt::format("{} {}: following a redirect", request.method, request.url.redacted()); },
        [&] {
          next = request.url.resolve(*location);
          check(request.url, next);
        });
    discard(response);
    // Never given back, not even when a later hop returns to the origin: by then somebody else chose the URL.
    if (next.origin() != origin) request.authorization.clear();
    request.url = std::move(next);
  }
}

}  // namespace whittle::registry
