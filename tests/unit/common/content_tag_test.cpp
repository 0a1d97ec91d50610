#include "common/content_tag.hpp"

#include <gtest/gtest.h>

#include <set>

namespace whittle {
namespace {

Digest tag_of(ContentTagger& tagger, std::string_view text, std::size_t step = 1'000) {
  tagger.begin();
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size())))
    tagger.write(as_bytes(text.substr(0, step)));
  return tagger.finish();
}

TEST(ContentTag, IsTheSameForTheSameContentHoweverItIsWritten) {
  ContentTagger tagger(ContentKey::random());
  const std::string text(10'007, 'x');
  EXPECT_EQ(tag_of(tagger, text), tag_of(tagger, text, 7));
  EXPECT_EQ(tag_of(tagger, ""), tag_of(tagger, ""));
}

TEST(ContentTag, IsAnotherForEachContent) {
  ContentTagger tagger(ContentKey::random());
  std::set<Digest> tags;
  // Zeros and lengths as well, which a hash without a key for its length would not tell apart.
  for (std::size_t length = 0; length < 100; ++length) tags.insert(tag_of(tagger, std::string(length, '\0')));
  for (std::size_t at = 0; at < 100; ++at) {
    std::string text(100, '\0');
    text[at] = 1;
    tags.insert(tag_of(tagger, text));
  }
  EXPECT_EQ(tags.size(), 200U);
}

TEST(ContentTag, IsAnotherByAnotherKey) {
  ContentTagger one(ContentKey::random());
  ContentTagger other(ContentKey::random());
  EXPECT_NE(tag_of(one, "content"), tag_of(other, "content"));
}

}  // namespace
}  // namespace whittle
