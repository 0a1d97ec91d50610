#include "remote/connect.hpp"

#include <gmock/gmock.h>

#include "tests/support/thrown_error.hpp"

namespace whittle::remote {
namespace {

TEST(RemoteUrl, HasHostPortAndInstance) {
  const auto options = parse_url("grpcs://build.example.com:8980/team/main");
  EXPECT_TRUE(options.tls);
  EXPECT_EQ(options.host, "build.example.com:8980");
  EXPECT_EQ(options.instance, "team/main");
}

TEST(RemoteUrl, HasThePortOfItsScheme) {
  EXPECT_EQ(parse_url("grpc://host").host, "host:80");
  EXPECT_EQ(parse_url("grpcs://host/").host, "host:443");
  EXPECT_EQ(parse_url("grpcs://[::1]").host, "[::1]:443");
  EXPECT_EQ(parse_url("grpc://[::1]:5").host, "[::1]:5");
  EXPECT_EQ(parse_url("grpcs://host/").instance, "");
}

TEST(RemoteUrl, OfAnotherKindIsRefused) {
  for (const auto* url : {"", "host:1", "http://host", "grpc://", "grpc:///instance", "grpc://a b"})
    EXPECT_EQ(test::failure_of([&] { parse_url(url); }).kind(), ErrorKind::usage) << url;
}

TEST(RemoteUrl, WithAPasswordIsRefusedAndNotShown) {
  const auto error = test::failure_of([] { parse_url("grpcs://me:secret@host"); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_THAT(error.message(), testing::Not(testing::HasSubstr("secret")));
}

TEST(Connect, SaysThatTheModuleIsMissing) {
  const auto error =
      test::failure_of([] { connect(parse_url("grpc://host"), "/nowhere/libwhittle-remote.so"); });
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_THAT(error.message(), testing::HasSubstr("/nowhere/libwhittle-remote.so"));
}

}  // namespace
}  // namespace whittle::remote
