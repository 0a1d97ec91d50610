#include "serving/listen_address.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::serving {
namespace {

TEST(ListenAddress, IsReadWithoutLookingUpNames) {
  EXPECT_EQ(ListenAddress::parse("127.0.0.1:5000").text(), "127.0.0.1:5000");
  EXPECT_EQ(ListenAddress::parse("localhost:0").text(), "127.0.0.1:0");
  EXPECT_EQ(ListenAddress::parse("[::1]:80").text(), "[::1]:80");
  for (const auto* text :
       {"", "5000", ":5000", "example.com:80", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1]", "1.2.3:4"})
    EXPECT_THAT(test::failure([&] { ListenAddress::parse(text); }), testing::StartsWith("usage: ")) << text;
}

TEST(ListenAddress, KnowsWhatOnlyThisMachineReaches) {
  for (const auto* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1"})
    EXPECT_TRUE(ListenAddress::parse(text).is_loopback()) << text;
  for (const auto* text : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[::ffff:1.2.3.4]:1"})
    EXPECT_FALSE(ListenAddress::parse(text).is_loopback()) << text;
}

}  // namespace
}  // namespace whittle::serving
