#include "comparison/layer_alignment.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

std::string aligned(const std::string& a, const std::string& b) {
  const auto identities = [](const std::string& letters) {
    std::vector<LayerIdentity> layers;
    for (const char c : letters) layers.push_back({std::string(1, c), ""});
    return layers;
  };
  std::string text;
  for (const auto& pair : align_layers(identities(a), identities(b))) {
    text += pair.a ? a[*pair.a] : '-';
    text += pair.equal ? '=' : '/';
    text += pair.b ? b[*pair.b] : '-';
    text += ' ';
  }
  return text;
}

TEST(LayerAlignment, AnInsertedLayerIsInserted) {
  EXPECT_EQ(aligned("abc", "abc"), "a=a b=b c=c ");
  EXPECT_EQ(aligned("abc", "axbc"), "a=a -/x b=b c=c ");
  EXPECT_EQ(aligned("abxc", "abc"), "a=a b=b x/- c=c ");
  EXPECT_EQ(aligned("abc", "ayc"), "a=a b/y c=c ");
  EXPECT_EQ(aligned("abcd", "xbyd"), "a/x b=b c/y d=d ");
  EXPECT_EQ(aligned("", "a"), "-/a ");
  EXPECT_EQ(aligned("ab", "ba"), "a/- b=b -/a ");
}

TEST(LayerAlignment, OneTarCompressedTwiceIsAPair) {
  const auto pairs = align_layers({{"gzip", "tar"}}, {{"other", "x"}, {"zstd", "tar"}});
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_FALSE(pairs[0].a);
  EXPECT_EQ(pairs[1].a, 0U);
  EXPECT_EQ(pairs[1].b, 1U);
  EXPECT_FALSE(pairs[1].equal);
}

}  // namespace
}  // namespace whittle::comparison
