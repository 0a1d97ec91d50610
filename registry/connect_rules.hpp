// Which hosts may be talked to without TLS, and where an answer may send us.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "registry/url.hpp"

struct sockaddr;

namespace whittle::registry {

// `host` as in Url. True for localhost, *.localhost, 127.0.0.0/8 in four decimal numbers, and [::1]; for
// nothing that merely resolves to them or spells them differently (hostile.md, 191).
bool is_loopback(std::string_view host);

// An address literal, in any spelling that some resolver accepts, of a network that is not the public one.
bool is_private_literal(std::string_view host);

// The same of an address that a name resolved to. No Internet address at all counts as private.
bool is_private_address(const sockaddr& address);

// Credentials travel over TLS, or do not leave the machine (hostile.md, 192).
bool is_safe_way(const Url& url);

// Refuses (RegistryError) a way from one URL to another that leaves TLS, talks plain http unless
// `plain_http`, or leads to a private address on another host (hostile.md, 142, 163 and 174). `what` names
// the way.
void check_way(const Url& from, const Url& to, std::string_view what, bool plain_http);

// Thread-safe.
class ConnectRules {
 public:
  // host[:port] besides loopback that may be reached by plain http, and of token services that the user
  // trusts with the credentials of any registry that names them. `has_certificates` says of host[:port]
  // whether TLS is set up for it: then it is used on loopback, too.
  explicit ConnectRules(std::set<std::string> plain_http_hosts, std::set<std::string> realms = {},
                        std::function<bool(const std::string&)> has_certificates = {})
      : plain_http_hosts_(std::move(plain_http_hosts)),
        realms_(std::move(realms)),
        has_certificates_(std::move(has_certificates)) {}

  // host[:port] may be reached by plain http from now on.
  void allow_plain_http(const std::string& authority);
  // Where the registry `host[:port]` is reached.
  Url base_of(const std::string& host) const;
  // check_way(), with plain http where it is allowed.
  void check(const Url& from, const Url& to, std::string_view what) const;
  // Whether the credentials of the registry at `base` may be sent to `realm`, which it has named: over TLS or
  // on loopback, to the registry's own host, whatever the port, to one under its registered domain, or to one
  // that the user trusts (hostile.md, 175).
  bool trusts_realm(const Url& base, const Url& realm) const;

 private:
  bool plain_http(const std::string& authority, std::string_view host) const;
  mutable std::mutex mutex_;
  std::set<std::string> plain_http_hosts_;
  std::set<std::string> realms_;
  std::function<bool(const std::string&)> has_certificates_;
};

}  // namespace whittle::registry
