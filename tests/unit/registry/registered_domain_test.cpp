#include "registry/registered_domain.hpp"

#include <gtest/gtest.h>

namespace whittle::registry {
namespace {

TEST(RegisteredDomain, FollowsThePublicSuffixes) {
  EXPECT_EQ(registered_domain("auth.docker.io"), "docker.io");
  EXPECT_EQ(registered_domain("registry-1.docker.io"), "docker.io");
  EXPECT_EQ(registered_domain("docker.io"), "docker.io");
  EXPECT_EQ(registered_domain("a.registry.shop.co.uk"), "shop.co.uk");
  EXPECT_EQ(registered_domain("x.me.github.io"), "me.github.io");
  EXPECT_EQ(registered_domain("auth.corp.internal"), "corp.internal");
}

TEST(RegisteredDomain, Hostile175_WhatHasNoOwnerOfItsOwn) {
  for (const auto* host : {"", "localhost", "com", "co.uk", "github.io", "127.0.0.1", "10.1", "0x7f.1",
                           "1.2.3.0x4", "[::1]", "docker.io.", ".docker.io", "a..docker.io", "Docker.io",
                           "d\xc3\xb6"
                           "cker.io",
                           "docker.io:443", "a b.docker.io"})
    EXPECT_EQ(registered_domain(host), "") << host;
}

}  // namespace
}  // namespace whittle::registry
