#include "packages/xz_source.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/failure.hpp"
#include "tests/support/package_archive.hpp"

namespace whittle::packages {
namespace {

using test::compressed;
using test::failure;

std::string decoded(std::string bytes) {
  const auto source = decode_xz(std::make_unique<TextSource>(std::move(bytes)), "it");
  return read_all(*source, 8U << 20U, "it");
}

TEST(XzSource, GivesTheBytesBack) {
  const std::string large(3U << 20U, 'x');
  EXPECT_EQ(decoded(compressed("hello", ".xz")), "hello");
  EXPECT_EQ(decoded(compressed("", ".xz")), "");
  EXPECT_EQ(decoded(compressed(large, ".xz")), large);
  EXPECT_EQ(decoded(compressed("one ", ".xz") + compressed("two", ".xz")), "one two");  // hostile 93
}

TEST(XzSource, RefusesWhatIsBroken) {  // hostile 95 and 96
  const auto good = compressed("hello hello hello", ".xz");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(failure([&] { decoded(good.substr(0, size)); }), "integrity: it is not valid xz") << size;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    std::string text;
    const auto refusal = failure([&] { text = decoded(bad); });
    // Not every bit matters to what comes out; what does come out is what went in.
    EXPECT_TRUE(refusal.starts_with("integrity: ") || refusal.starts_with("limit: ") ||
                text == "hello hello hello")
        << i;
  }
  EXPECT_EQ(failure([&] { decoded(good + "x"); }), "integrity: it is not valid xz");
}

}  // namespace
}  // namespace whittle::packages
