#include "running/bundle.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

layers::ImageConfig image_of(const std::string& user) {
  layers::ImageConfig config{layers::Platform::parse("linux/amd64")};
  config.execution.user = user;
  return config;
}

TEST(Bundle, OfRootHasTheUsersOfTheImageAsNobodyOfThisMachine) {
  const Caller root{.ids = IdRange{5000, 100000}};
  EXPECT_EQ(account_for(root, image_of("1000:8"), {}), (Account{.uid = 1000, .gid = 8}));
  const auto confinement = confinement_for(root);
  ASSERT_EQ(confinement.uids.size(), 1U);
  EXPECT_EQ(confinement.uids[0].outside, 5000U);
  EXPECT_EQ(confinement.gids[0].count, 100000U);
  EXPECT_TRUE(confinement_for(Caller{}).uids.empty());
}

TEST(Bundle, UsersThatTheContainerLacksAreRefused) {
  const Caller root{.ids = IdRange{5000, 100000}};
  EXPECT_EQ(
      test::failure([&] { account_for(root, image_of("100000"), {}); }),
      "unsupported: the image runs as the user or group 100000, and a container has those below 100000");
  EXPECT_NE(test::failure([&] { account_for(root, image_of("1:100000"), {}); }), "no error");
  EXPECT_EQ(account_for(root, image_of("99999"), {}).uid, 99999U);
  EXPECT_EQ(account_for(Caller{}, image_of("100000"), {}).uid, 100000U);
}

TEST(Bundle, OfAnOrdinaryCallerIsRootThatStandsForThem) {
  const Caller caller{.uid = 1000, .gid = 100};
  EXPECT_EQ(account_for(caller, image_of("7"), {}), Account{});
  EXPECT_EQ(confinement_for(caller).uids[0].outside, 1000U);
  EXPECT_EQ(confinement_for(caller).gids[0].outside, 100U);
}

}  // namespace
}  // namespace whittle::running
