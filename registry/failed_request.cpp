#include "registry/failed_request.hpp"

#include <fmt/format.h>

#include "common/text.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {

void FailedRequest::refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                           std::string_view hint) const {
  RegistryError error(kind,
                      fmt::format("{} {}: {} {}: {}", method, url.redacted(), doing, url.authority(), why),
                      {.url = url.redacted(), .retryable = retryable});
  if (!hint.empty()) error.hint(std::string(hint));
  throw error;
}

void FailedRequest::refuse_proxy(std::string_view why, bool retryable, std::string_view hint) const {
  refuse(ErrorKind::network, fmt::format("asking the proxy {} for", proxy), why, retryable, hint);
}

void FailedRequest::refuse_proxy_login(std::string_view why) const {
  refuse(ErrorKind::auth, fmt::format("asking the proxy {} for", proxy), why, false,
         "give the login in the proxy's URL: https_proxy=http://USER:PASSWORD@HOST:PORT");
}

void FailedRequest::refuse_certificate(std::string_view why) const {
  const bool unknown =
      why.find("issuer") != std::string_view::npos || why.find("self-signed") != std::string_view::npos;
  refuse(ErrorKind::network, "checking the TLS certificate of", why, false,
         unknown ? fmt::format("if it is to be trusted, put its authority's certificate into certs.d/{} as "
                               "ca.crt, or give --ca",
                               url.authority())
                 : std::string());
}

// Alerts by which a server refuses the client's certificate, or that there is none. They come while TLS is
// opened or, in TLS 1.3, in the place of the answer.
void FailedRequest::explain_alert(std::string_view words) const {
  const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (url.scheme != "https" || !has(" alert ")) return;
  const bool certificate = has("certificate") || has("alert unknown ca") || has("alert access denied");
  const bool shown_one = identity != nullptr && !identity->certificate.empty();
  if (!certificate && (shown_one || !has("alert handshake failure"))) return;
  if (shown_one)
    refuse(ErrorKind::auth, "opening TLS with",
           fmt::format("it does not accept the client certificate {}: {}",
                       escaped(identity->certificate_file.native(), false, 4096), words),
           false);
  refuse(certificate ? ErrorKind::auth : ErrorKind::network, "opening TLS with",
         certificate ? fmt::format("it demands a client certificate, and none is set up for it: {}", words)
                     : std::string(words),
         false, certificate ? how_to_show_a_certificate() : lost_alert());
}

std::string FailedRequest::how_to_show_a_certificate() const {
  return fmt::format(
      "put it and its key into certs.d/{} as client.cert and client.key, or give --cert and --key",
      url.authority());
}

// A server that closes the connection behind its alert may take that back before it has been read.
std::string FailedRequest::lost_alert() const {
  if (url.scheme != "https" || answer_begun || (identity != nullptr && !identity->certificate.empty()))
    return {};
  return "the server may demand a client certificate: " + how_to_show_a_certificate();
}

void FailedRequest::refuse_tls(std::string_view why) const {
  explain_alert(why);
  refuse(ErrorKind::network, "opening TLS with", why, false);
}

void FailedRequest::refuse_broken(std::string_view doing, std::string_view why) const {
  explain_alert(why);
  refuse(ErrorKind::network, doing, why, true, lost_alert());
}

}  // namespace whittle::registry
