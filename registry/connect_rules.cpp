#include "registry/connect_rules.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/ascii.hpp"
#include "common/text.hpp"
#include "registry/registered_domain.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

// The address of four decimal numbers, in host order. inet_pton reads no other spelling.
std::optional<std::uint32_t> ipv4(std::string_view host) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool is_private_ipv4(std::uint32_t address) {
  struct Network {
    std::uint32_t prefix;
    unsigned length;
  };
  static constexpr std::array<Network, 8> networks = {{{0x00000000, 8},    // this host
                                                       {0x0a000000, 8},    // RFC 1918
                                                       {0x64400000, 10},   // carrier-grade NAT
                                                       {0x7f000000, 8},    // loopback
                                                       {0xa9fe0000, 16},   // link-local
                                                       {0xac100000, 12},   // RFC 1918
                                                       {0xc0a80000, 16},   // RFC 1918
                                                       {0xe0000000, 3}}};  // multicast and reserved
  return std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
    return (address ^ network.prefix) >> (32 - network.length) == 0;
  });
}

bool is_private_ipv6(const in6_addr& address) {
  const auto& bytes = address.s6_addr;
  const bool zeros = std::all_of(bytes, bytes + 10, [](unsigned char byte) { return byte == 0; });
  // ::, ::1, and IPv4 addresses that are mapped or embedded.
  if (zeros) return true;
  return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || bytes[0] == 0xff;
}

// Whether some resolver may read the name as a number: its last label is one, in decimal, octal or
// hexadecimal.
bool looks_numeric(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  const auto dot = host.rfind('.');
  const auto label = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (label.starts_with("0x") || label.starts_with("0X")) return true;
  return !label.empty() &&
         std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (host.ends_with(".localhost") && host.size() > std::string_view(".localhost").size()) return true;
  const auto address = ipv4(host);
  return address && *address >> 24 == 127;
}

bool is_private_literal(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    in6_addr address{};
    const std::string inner(host.substr(1, host.size() - 2));
    return ::inet_pton(AF_INET6, inner.c_str(), &address) != 1 || is_private_ipv6(address);
  }
  if (const auto address = ipv4(host)) return is_private_ipv4(*address);
  return looks_numeric(host);
}

bool is_private_address(const sockaddr& address) {
  // An address is larger than its declared type; copies are what may be looked at.
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return is_private_ipv4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return true;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return is_private_ipv6(v6.sin6_addr);
}

bool is_safe_way(const Url& url) {
  return url.scheme == "https" || is_loopback(url.host);
}

bool ConnectRules::trusts_realm(const Url& base, const Url& realm) const {
  if (!is_safe_way(realm)) return false;
  if (realm.host == base.host || realms_.contains(realm.host) || realms_.contains(realm.authority()))
    return true;
  const auto domain = registered_domain(base.host);
  return !domain.empty() && registered_domain(realm.host) == domain;
}

void ConnectRules::allow_plain_http(const std::string& authority) {
  const std::lock_guard lock(mutex_);
  plain_http_hosts_.insert(authority);
}

bool ConnectRules::plain_http(const std::string& authority, std::string_view host) const {
  const std::lock_guard lock(mutex_);
  return is_loopback(host) || plain_http_hosts_.contains(authority) ||
         plain_http_hosts_.contains(std::string(host));
}

Url ConnectRules::base_of(const std::string& host) const {
  // The name of Docker's registry is not the name of the machine that serves it.
  auto url =
      Url::parse(fmt::format("https://{}/", host == "docker.io" ? "registry-1.docker.io" : lower_case(host)));
  const bool set_up = has_certificates_ && has_certificates_(url.authority());
  if (!set_up && plain_http(url.authority(), url.host)) url.scheme = "http";
  return url;
}

void check_way(const Url& from, const Url& to, std::string_view what, bool plain_http) {
  const auto refuse = [&](std::string_view why) {
    RegistryError error(
        ErrorKind::registry,
        fmt::format("{} from {} to {} is refused: {}", what, from.redacted(), to.redacted(), why),
        {.url = from.redacted()});
    throw error;
  };
  if (from.scheme == "https" && to.scheme != "https") refuse("it would leave TLS");
  if (to.scheme == "http" && !plain_http) refuse("plain http is not allowed to that host");
  if (to.host == from.host || (is_loopback(from.host) && is_loopback(to.host))) return;
  if (is_private_literal(to.host)) refuse("it leads to a private address on another host");
}

void ConnectRules::check(const Url& from, const Url& to, std::string_view what) const {
  check_way(from, to, what, plain_http(to.authority(), to.host));
}

}  // namespace whittle::registry
