#include "registry/address_lookup.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string text_of(const registry::SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.get().sa_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address.storage);
    ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ' ' + std::to_string(ntohs(four.sin_port));
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address.storage);
  ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
  return std::string(text.data()) + ' ' + std::to_string(ntohs(six.sin6_port));
}

std::vector<std::string> found(const std::string& host) {
  std::vector<std::string> texts;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (const auto& address : registry::look_up(host, 5000, deadline, {}).found)
    texts.push_back(text_of(address));
  return texts;
}

TEST(AddressLookup, ALiteralIsItsOwnAddress) {
  EXPECT_THAT(found("192.0.2.7"), ElementsAre("192.0.2.7 5000"));
  EXPECT_THAT(found("[2001:db8::1]"), ElementsAre("2001:db8::1 5000"));
  EXPECT_THAT(found("::1"), ElementsAre("::1 5000"));
}

TEST(AddressLookup, Hostile191_LocalhostIsLoopbackWhateverIsAnswered) {
  for (const char* host : {"localhost", "LOCALHOST", "localhost.", "registry.localhost"})
    EXPECT_THAT(found(host), ElementsAre("127.0.0.1 5000", "::1 5000")) << host;
}

TEST(AddressLookup, Hostile129_AStopAndTheEndOfTheTimeAreNoticed) {
  std::stop_source stop;
  stop.request_stop();
  const auto now = std::chrono::steady_clock::now();
  expect_error(ErrorKind::interrupted, "", [&] {
    registry::look_up("nowhere.invalid", 1, now + std::chrono::hours(1), stop.get_token());
  });
  const auto late = registry::look_up("nowhere.invalid", 1, now - std::chrono::hours(1), {});
  EXPECT_THAT(late.found, IsEmpty());
  EXPECT_NE(late.why_none, "");
  EXPECT_FALSE(late.is_unknown) << "nobody has said so";
}

}  // namespace
}  // namespace whittle::test
