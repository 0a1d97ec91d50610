#include "registry/curl_failure.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <system_error>

#include "common/text.hpp"
#include "registry/outcome.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

// libcurl's words name host and port once more where the system's error says it all.
std::string why_not_connected(const FailedRequest::Failure& failure) {
  return failure.system_error == 0 ? failure.words
                                   : std::generic_category().message(static_cast<int>(failure.system_error));
}

}  // namespace

void FailedRequest::refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                           std::string_view hint) const {
  RegistryError error(kind,
                      fmt::format("{} {}: {} {}: {}", method, url.redacted(), doing, url.authority(), why),
                      {.url = url.redacted(), .retryable = retryable});
  if (!hint.empty()) error.hint(std::string(hint));
  throw error;
}

void FailedRequest::refuse_proxy_login() const {
  refuse(ErrorKind::auth, fmt::format("asking the proxy {} for", proxy), "it demands a login (407)", false,
         "give the login in the proxy's URL: https_proxy=http://USER:PASSWORD@HOST:PORT");
}

// What goes wrong at the proxy should not read as if the registry had done it.
void FailedRequest::explain_proxy(const Failure& failure) const {
  if (proxy.empty()) return;
  const auto asking = fmt::format("asking the proxy {} for", proxy);
  if (failure.tunnel_status == 407) refuse_proxy_login();
  if (failure.tunnel_status >= 300) {
    const auto status = static_cast<int>(failure.tunnel_status);
    refuse(ErrorKind::network, asking, fmt::format("it answered {}", status),
           outcome_of(status) != Outcome::settled, "no_proxy names the hosts that are reached without it");
  }
  if (failure.code == CURLE_COULDNT_RESOLVE_PROXY)
    refuse(ErrorKind::network, asking, failure.words, false, "check the proxy's name in https_proxy");
  if (failure.code == CURLE_COULDNT_CONNECT)
    refuse(ErrorKind::network, asking, why_not_connected(failure), true,
           "check that the proxy is up, and its host and port in https_proxy");
  if (failure.code == CURLE_PROXY) refuse(ErrorKind::network, asking, failure.words, true);
}

// Alerts by which a server refuses the client's certificate, or that there is none (hostile.md, 190). They
// come while TLS is opened or, in TLS 1.3, in the place of the answer.
void FailedRequest::explain_alert(std::string_view words) const {
  const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (!has(" alert ")) return;
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

void FailedRequest::fail(const Failure& failure) const {
  const auto& words = failure.words;
  explain_proxy(failure);
  if (url.scheme == "https") explain_alert(words);
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      refuse(ErrorKind::network, "looking up the name", words, false,
             "check the registry's name in the reference");
    case CURLE_COULDNT_CONNECT:
      refuse(ErrorKind::network, "connecting to", why_not_connected(failure), true,
             "check that the registry is up, and its host and port in the reference");
    case CURLE_OPERATION_TIMEDOUT:  // only libcurl's words tell the two stages apart
      refuse(ErrorKind::network, words.starts_with("SSL") ? "opening TLS with" : "connecting to", words,
             true);
    case CURLE_PEER_FAILED_VERIFICATION:
      refuse(ErrorKind::network, "checking the TLS certificate of", words, false,
             words.find("issuer") == std::string::npos && words.find("self-signed") == std::string::npos
                 ? std::string()
                 : fmt::format(
                       "if it is to be trusted, put its authority's certificate into certs.d/{} as ca.crt, "
                       "or give --ca",
                       url.authority()));
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      refuse(ErrorKind::network, "opening TLS with", words, false);
    case CURLE_BAD_CONTENT_ENCODING:
      refuse(ErrorKind::registry, "reading the answer of",
             fmt::format("it is encoded though that was not asked for: {}", words), false);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      refuse(ErrorKind::registry, "reading the answer of", fmt::format("it is not HTTP: {}", words), false);
    case CURLE_OUT_OF_MEMORY:
      if (!header_read && answer_begun)  // so libcurl calls a header line beyond its own limit
        refuse(ErrorKind::registry, "reading the answer of", "a line of its header is too long", false);
      throw Error(ErrorKind::machine_limit, fmt::format("no memory for a request to {}", url.authority()));
    case CURLE_SEND_ERROR:
      refuse(ErrorKind::network, "sending to", words, true, lost_alert());
    default:
      refuse(ErrorKind::network, header_read ? "receiving from" : "waiting for an answer from", words, true,
             lost_alert());
  }
}

}  // namespace whittle::registry
