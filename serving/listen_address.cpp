#include "serving/listen_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::serving {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorKind::usage, fmt::format("{} is no address to listen at", shown(text)))
      .hint("write an address and a port: 127.0.0.1:5000, [::1]:5000, or port 0 for one that is free");
}

}  // namespace

ListenAddress ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text);
  const auto digits = text.substr(colon + 1);
  const auto port = whole_number<std::uint16_t>(digits);
  if (!port) refuse(text);
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  ListenAddress address;
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  if (::inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(*port);
    std::memcpy(&address.storage, &ipv4, sizeof ipv4);
    address.size = sizeof ipv4;
    return address;
  }
  if (host.size() < 2 || host.front() != '[' || host.back() != ']' ||
      ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &ipv6.sin6_addr) != 1)
    refuse(text);
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(*port);
  std::memcpy(&address.storage, &ipv6, sizeof ipv6);
  address.size = sizeof ipv6;
  return address;
}

bool ListenAddress::is_loopback() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &storage, sizeof ipv4);
    return (ntohl(ipv4.sin_addr.s_addr) >> 24U) == 127;
  }
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &storage, sizeof ipv6);
  return std::memcmp(&ipv6.sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

std::string ListenAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &storage, sizeof ipv4);
    return fmt::format("{}:{}", ::inet_ntop(AF_INET, &ipv4.sin_addr, buffer.data(), buffer.size()),
                       ntohs(ipv4.sin_port));
  }
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &storage, sizeof ipv6);
  return fmt::format("[{}]:{}", ::inet_ntop(AF_INET6, &ipv6.sin6_addr, buffer.data(), buffer.size()),
                     ntohs(ipv6.sin6_port));
}

}  // namespace whittle::serving
