#include "running/local_url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/url.hpp"

namespace whittle::running {
namespace {

registry::Url parsed(std::string_view text) {
  try {
    return registry::Url::parse(text);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, error.message());
  }
}

bool is_loopback(const std::string& host) {
  in_addr address{};
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && ::inet_pton(AF_INET, host.c_str(), &address) == 1);
}

}  // namespace

LocalUrl LocalUrl::parse(std::string_view text) {
  const auto url = parsed(text);
  const auto host = lower_case(url.host);
  if (!is_loopback(host))
    throw Error(ErrorKind::usage, fmt::format("{} is not in the container", shown(text)))
        .hint("a container has its own loopback and no other network: write http://localhost:PORT/");
  if (url.scheme != "http")
    throw Error(ErrorKind::usage,
                fmt::format("{} asks for TLS, which is not spoken to the container", shown(text)))
        .hint("let the program serve plain HTTP on its loopback");
  LocalUrl result{url.authority(), url.path + (url.query.empty() ? "" : "?" + url.query), host == "[::1]"};
  if (url.port.empty()) return result;
  result.port = whole_number<std::uint16_t>(url.port).value_or(0);
  if (result.port == 0)
    throw Error(ErrorKind::usage, fmt::format("{} has no port that there could be", shown(text)));
  return result;
}

LocalUrl::Address LocalUrl::address() const {
  Address address;
  if (ipv6) {
    sockaddr_in6 one{};
    one.sin6_family = AF_INET6;
    one.sin6_port = htons(port);
    one.sin6_addr = in6addr_loopback;
    std::memcpy(&address.storage, &one, sizeof one);
    address.size = sizeof one;
  } else {
    sockaddr_in one{};
    one.sin_family = AF_INET;
    one.sin_port = htons(port);
    one.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&address.storage, &one, sizeof one);
    address.size = sizeof one;
  }
  return address;
}

}  // namespace whittle::running
