#include "common/machine.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace whittle {
namespace {

TEST(Machine, AvailableMemoryIsLessThanAllOfIt) {
  const auto all = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                   static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_GT(available_memory(), 1U << 20U);
  EXPECT_LE(available_memory(), all);
}

}  // namespace
}  // namespace whittle
