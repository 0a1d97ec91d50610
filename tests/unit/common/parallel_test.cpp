#include "common/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

TEST(Parallel, EveryIndexOnce) {
  for (const unsigned threads : {0U, 1U, 3U, 64U}) {
    std::vector<int> seen(1000);
    parallel_for(seen.size(), threads, {}, [&](std::size_t i) { ++seen[i]; });
    EXPECT_EQ(seen, std::vector<int>(1000, 1)) << threads;
  }
  parallel_for(0, 4, {}, [](std::size_t) { FAIL(); });
}

TEST(Parallel, ThrowsTheFailureWithTheLowestIndex) {
  // With one thread the first failure is the only one; with several all that began are compared.
  for (const unsigned threads : {1U, 4U}) {
    std::atomic<int> calls = 0;
    const auto message = test::failure([&] {
      parallel_for(100'000, threads, {}, [&](std::size_t i) {
        ++calls;
        if (i >= 5) throw Error(ErrorKind::source, std::to_string(i));
      });
    });
    EXPECT_EQ(message, "source: 5");
    EXPECT_LT(calls, 1000);
  }
}

TEST(Parallel, StopsWhenAsked) {
  std::stop_source source;
  std::atomic<int> calls = 0;
  EXPECT_EQ(test::failure([&] {
              parallel_for(100'000, 2, source.get_token(), [&](std::size_t) {
                ++calls;
                source.request_stop();
              });
            }),
            "interrupted: interrupted");
  EXPECT_LE(calls, 2);
}

}  // namespace
}  // namespace whittle
