// An http or https URL in parts (RFC 3986). A value. Stricter than the RFC where leniency has been abused: no
// user information, no fragment, no control characters, blanks, backslashes or bytes beyond ASCII.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::registry {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // as written; an IPv6 address in its brackets
  std::string port;    // "" when not written
  std::string path;    // begins with a slash
  std::string query;   // without the question mark

  // Error(registry) for what is ill-formed, of another scheme, or longer than 8 KiB.
  static Url parse(std::string_view text);
  // What a Location or realm means in an answer to this URL (RFC 3986, section 5.2). Errors as above.
  Url resolve(std::string_view reference) const;

  // The same URL with `name=value` added to its query, percent-encoded once.
  Url with_parameter(std::string_view name, std::string_view value) const;

  std::string authority() const;  // host[:port]
  // The port that is connected to: the one that is written, or the scheme's.
  std::uint16_t port_number() const;
  // Two URLs have the same origin when these are equal. Host names are compared byte by byte: whoever spells
  // a name differently is somebody else.
  std::string origin() const;
  std::string text() const;
  std::string redacted() const;  // for messages: without the query, which may be a signature
};

}  // namespace whittle::registry
