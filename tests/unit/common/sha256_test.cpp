#include "common/sha256.hpp"

#include <gtest/gtest.h>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

TEST(Sha256, IsTheDigestsValue) {
  const Digest digest = Digest::of("abc");
  const Sha256 value = to_sha256(digest);
  EXPECT_EQ(value[0], std::byte{0xba});
  EXPECT_EQ(value[31], std::byte{0xad});
  EXPECT_EQ(to_hex(value), digest.hex());
  EXPECT_EQ(to_digest(value), digest);
  EXPECT_EQ(sha256_from_hex(digest.hex()), value);
}

TEST(Sha256, OtherTextsAreNone) {
  const std::string hex(Digest::of("abc").hex());
  EXPECT_EQ(sha256_from_hex(hex.substr(1)), std::nullopt);
  EXPECT_EQ(sha256_from_hex(hex + "0"), std::nullopt);
  for (const char wrong : {'A', 'g', ' ', '/', ':', '`', '\0', '\xff'}) {
    std::string text = hex;
    text[40] = wrong;
    EXPECT_EQ(sha256_from_hex(text), std::nullopt) << wrong;
  }
}

TEST(Sha256, OtherAlgorithmsHaveNone) {
  Hasher hasher(Digest::Algorithm::sha512);
  const Digest digest = hasher.finish();
  EXPECT_NE(test::failure([&] { to_sha256(digest); }).find("internal"), std::string::npos);
}

}  // namespace
}  // namespace whittle
