#include "registry/address_lookup.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "common/ascii.hpp"
#include "common/parallel.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;

SocketAddress copied(const sockaddr& address, socklen_t size) {
  SocketAddress copy;
  std::memcpy(&copy.storage, &address, size);
  copy.size = size;
  return copy;
}

SocketAddress ipv4(in_addr address, std::uint16_t port) {
  sockaddr_in whole{};
  whole.sin_family = AF_INET;
  whole.sin_port = htons(port);
  whole.sin_addr = address;
  return copied(reinterpret_cast<const sockaddr&>(whole), sizeof whole);
}

SocketAddress ipv6(const in6_addr& address, std::uint16_t port) {
  sockaddr_in6 whole{};
  whole.sin6_family = AF_INET6;
  whole.sin6_port = htons(port);
  whole.sin6_addr = address;
  return copied(reinterpret_cast<const sockaddr&>(whole), sizeof whole);
}

std::optional<SocketAddress> literal(std::string_view host, std::uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string text(host);
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return ipv4(four, port);
  if (::inet_pton(AF_INET6, text.c_str(), &six) == 1) return ipv6(six, port);
  return std::nullopt;
}

bool is_localhost(std::string_view host) {
  constexpr std::string_view name = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < name.size() || !equal_ignoring_case(host.substr(host.size() - name.size()), name))
    return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

// The system's preferred family first, then by turns: one that leads nowhere costs little.
std::vector<SocketAddress> by_turns(const std::vector<SocketAddress>& addresses) {
  std::vector<SocketAddress> preferred;
  std::vector<SocketAddress> others;
  for (const auto& address : addresses)
    (address.storage.ss_family == addresses[0].storage.ss_family ? preferred : others).push_back(address);
  std::vector<SocketAddress> order;
  for (std::size_t i = 0; i < std::max(preferred.size(), others.size()); ++i) {
    if (i < preferred.size()) order.push_back(preferred[i]);
    if (i < others.size()) order.push_back(others[i]);
  }
  return order;
}

Addresses ask_the_system(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &first);
  if (code != 0)
    return {{}, ::gai_strerror(code), code == EAI_NONAME || code == EAI_NODATA || code == EAI_FAIL};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  Addresses addresses;
  for (const auto* at = all.get(); at != nullptr; at = at->ai_next)
    if (at->ai_family == AF_INET || at->ai_family == AF_INET6)
      addresses.found.push_back(copied(*at->ai_addr, at->ai_addrlen));
  if (addresses.found.empty()) addresses = {{}, "it has no address of the Internet's", true};
  addresses.found = by_turns(addresses.found);
  return addresses;
}

// What a thread that asks and one that waits share. The one that asks cannot be stopped: it may outlive the
// question.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Addresses> answer;
};

}  // namespace

Addresses look_up(const std::string& host, std::uint16_t port, Clock::time_point deadline,
                  const std::stop_token& stop) {
  if (const auto address = literal(host, port)) return {{*address}};
  if (is_localhost(host)) {
    in_addr loopback{htonl(INADDR_LOOPBACK)};
    return {{ipv4(loopback, port), ipv6(in6addr_loopback, port)}};
  }
  const Addresses none_in_time{{}, "the name server does not answer"};
  throw_if_stopped(stop);
  if (Clock::now() >= deadline) return none_in_time;
  const auto question = std::make_shared<Question>();
  std::thread([question, host, port] {
    auto answer = ask_the_system(host, port);
    const std::lock_guard lock(question->mutex);
    question->answer = std::move(answer);
    question->answered.notify_all();
  }).detach();
  std::unique_lock lock(question->mutex);
  while (!question->answer) {
    throw_if_stopped(stop);
    if (Clock::now() >= deadline) return none_in_time;
    question->answered.wait_until(lock, std::min(deadline, Clock::now() + std::chrono::milliseconds(200)));
  }
  return std::move(*question->answer);
}

}  // namespace whittle::registry
