// Through which proxy a host is reached, by the variables that many programs share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/url.hpp"

namespace whittle::registry {

// The values of http_proxy, https_proxy, all_proxy and no_proxy.
struct ProxyVariables {
  std::string http = {};
  std::string https = {};
  std::string all = {};
  std::string none = {};
};

// A value.
class Proxies {
 public:
  // Error(usage) for what is no URL of a proxy, which is never repeated: it may hold a password.
  explicit Proxies(const ProxyVariables& variables = {});

  struct Proxy {
    std::string scheme;  // http, https, socks4, socks4a, socks5 or socks5h
    std::string host;    // an IPv6 address in its brackets
    std::uint16_t port = 0;
    std::string user;  // decoded, as is the password; both may be empty
    std::string password;
    bool is_socks() const { return scheme.starts_with("socks"); }
    // For messages: without the login.
    std::string shown() const { return scheme + "://" + host + ':' + std::to_string(port); }
  };
  // Nothing for loopback, and for what no_proxy names: `*`; a name, which stands for all below it; an
  // address, or a range of them in CIDR form; names and addresses with or without a port (hostile.md, 170).
  const Proxy* find(const Url& url) const;

 private:
  struct Exception {
    bool any = false;  // every host
    std::string host;  // in lower case, without dots around it; "" for none
    std::string port;  // "" for every port
    int prefix = -1;   // bits of an address range; -1 for a name or a single address
  };
  static Exception parse_exception(std::string_view text);
  static bool names(const Exception& exception, const Url& url);
  std::map<std::string, Proxy> by_scheme_;
  std::vector<Exception> exceptions_;
};

}  // namespace whittle::registry
