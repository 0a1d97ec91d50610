#include "attribution/stream_hasher.hpp"

#include <gtest/gtest.h>

#include "tests/unit/layers/helpers.hpp"

namespace whittle::attribution {
namespace {

TEST(StreamHasher, GivesTheDigestsOfTheWholeAndOfItsStretches) {
  const auto text = test::sample(3'000'000);
  StreamHasher hasher;
  std::vector<std::optional<Digest>> digests(40);
  const std::string_view all = text;
  const std::size_t length = text.size() / digests.size();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    hasher.write(as_bytes(all.substr(i * length, 10)));
    hasher.begin_stretch();
    hasher.write(as_bytes(all.substr(i * length + 10, i * 1'000)));
    hasher.end_stretch(digests[i]);
    hasher.write(as_bytes(all.substr(i * length + 10 + i * 1'000, length - 10 - i * 1'000)));
  }
  EXPECT_EQ(hasher.finish(), Digest::of(all.substr(0, digests.size() * length)));
  for (std::size_t i = 0; i < digests.size(); ++i)
    EXPECT_EQ(digests[i], Digest::of(all.substr(i * length + 10, i * 1'000))) << i;
}

TEST(StreamHasher, OfNothing) {
  StreamHasher hasher;
  std::optional<Digest> digest;
  hasher.begin_stretch();
  hasher.end_stretch(digest);
  EXPECT_EQ(hasher.finish(), Digest::of(std::string_view()));
  EXPECT_EQ(digest, Digest::of(std::string_view()));
}

TEST(StreamHasher, MayBeLeftAlone) {
  StreamHasher hasher;
  hasher.begin_stretch();
  hasher.write(as_bytes(test::sample(500'000)));
}

}  // namespace
}  // namespace whittle::attribution
