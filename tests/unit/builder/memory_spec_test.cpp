#include "builder/memory_spec.hpp"

#include <gtest/gtest.h>

namespace whittle::builder {
namespace {

TEST(MemorySpec, ASoftLimitIsAShareInWholeMebibytes) {
  EXPECT_EQ(soft_limit(256U << 20U, 90), 230U << 20U);
  EXPECT_EQ(soft_limit(100U << 20U, 100), 100U << 20U);
  EXPECT_EQ(soft_limit(1U << 20U, 50), 512U << 10U);
  EXPECT_EQ(soft_limit(100, 90), 1U << 10U);
  EXPECT_EQ(soft_limit(std::uint64_t{1} << 50U, 90),
            (std::uint64_t{1} << 50U) / 100 * 90 / (1U << 20U) * (1U << 20U));
}

TEST(MemorySpec, SizesAreAsGoReadsThem) {
  EXPECT_EQ(go_size(230U << 20U), "230MiB");
  EXPECT_EQ(go_size(512U << 10U), "512KiB");
  EXPECT_EQ(go_size(1000), "1000B");
}

}  // namespace
}  // namespace whittle::builder
