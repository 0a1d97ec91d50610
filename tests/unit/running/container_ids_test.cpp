#include "running/container_ids.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "common/file.hpp"

namespace whittle::running {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(IdRange, IsWhereTheContainersUsersAre) {
  const IdRange range{1000000, 70000};
  EXPECT_EQ(range.outside(0), 1000000U);
  EXPECT_EQ(range.outside(69999), 1069999U);
  EXPECT_EQ(range.outside(70000), 1065534U);  // nobody
}

class ContainerIdsTest : public testing::Test {
 protected:
  ContainerIds with_maps(const std::string& users, const std::string& groups) {
    fs::create_directories(folder_.path() / "self");
    std::ofstream(folder_.path() / "self/uid_map") << users;
    std::ofstream(folder_.path() / "self/gid_map") << groups;
    return ids_for_containers(folder_.path());
  }
  TemporaryFolder folder_{testing::TempDir()};
};

TEST_F(ContainerIdsTest, ThereAreNoneInANamespaceWithFewIds) {
  const std::string all = "         0          0 4294967295\n";
  for (const auto& ids :
       {with_maps("0 1000 1\n", all), with_maps(all, "0 1000 1\n1 100000 65536\n"), with_maps("", "")}) {
    EXPECT_FALSE(ids.range);
    EXPECT_THAT(ids.why_not, HasSubstr("in a user namespace"));
  }
}

TEST_F(ContainerIdsTest, TellsWhoIsInANamespace) {
  with_maps("0 1000 1\n1 100000 65536\n", "0 1000 1\n");
  EXPECT_TRUE(ids_are_here(0, 0, folder_.path()));
  EXPECT_TRUE(ids_are_here(65536, 0, folder_.path()));
  EXPECT_FALSE(ids_are_here(65537, 0, folder_.path()));
  EXPECT_FALSE(ids_are_here(0, 1, folder_.path()));
}

// What this machine allows is not known here; but it says one or the other.
TEST_F(ContainerIdsTest, ThereAreSomeOrItIsSaidWhyNot) {
  const auto ids = ids_for_containers();
  EXPECT_NE(ids.range.has_value(), !ids.why_not.empty());
  if (ids.range) {
    EXPECT_EQ(ids.range->first, 0x70000000U);
    EXPECT_GT(ids.range->count, 65536U);
  }
}

}  // namespace
}  // namespace whittle::running
