#include "running/memory_size.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

TEST(MemorySize, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_memory("256MiB", "--memory"), 256U << 20U);
  EXPECT_EQ(parse_memory("1.5 GiB", "--memory"), 1536U << 20U);
  EXPECT_EQ(parse_memory("100MB", "--memory"), 100'000'000U);
  EXPECT_EQ(parse_memory("2097152", "--memory"), 2U << 20U);
}

TEST(MemorySize, RefusesWhatIsNoSizeOfMemory) {
  for (const auto* text : {"", "MiB", "x", "12XB", "-5MiB", "1KiB", "nan", "99999999GiB", "1e99", "0x10MiB"})
    EXPECT_THAT(test::failure([&] { parse_memory(text, "--memory"); }), testing::HasSubstr("usage: --memory"))
        << text;
}

}  // namespace
}  // namespace whittle::running
