#include "attribution/stream_hasher.hpp"

#include <gtest/gtest.h>

#include "tests/unit/layers/helpers.hpp"

namespace whittle::attribution {
namespace {

const auto key = ContentKey::random();

Digest tag_of(std::string_view text) {
  ContentTagger tagger(key);
  tagger.begin();
  tagger.write(as_bytes(text));
  return tagger.finish();
}

TEST(StreamHasher, GivesTheDigestOfTheWholeAndTagsOfItsStretches) {
  const auto text = test::sample(3'000'000);
  StreamHasher hasher(key);
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
    EXPECT_EQ(digests[i], tag_of(all.substr(i * length + 10, i * 1'000))) << i;
}

TEST(StreamHasher, OfNothing) {
  StreamHasher hasher(key);
  std::optional<Digest> digest;
  hasher.begin_stretch();
  hasher.end_stretch(digest);
  EXPECT_EQ(hasher.finish(), Digest::of(std::string_view()));
  EXPECT_EQ(digest, tag_of(std::string_view()));
}

TEST(StreamHasher, TakesADigestThatIsKnown) {
  StreamHasher hasher(key);
  std::optional<Digest> digest;
  hasher.know_whole(Digest::of("known"));
  hasher.begin_stretch();
  hasher.write(as_bytes("whatever"));
  hasher.end_stretch(digest);
  EXPECT_EQ(hasher.finish(), Digest::of("known"));
  EXPECT_EQ(digest, tag_of("whatever"));
}

TEST(StreamHasher, MayBeLeftAlone) {
  StreamHasher hasher(key);
  hasher.begin_stretch();
  hasher.write(as_bytes(test::sample(500'000)));
}

}  // namespace
}  // namespace whittle::attribution
