#include "builder/sealed.hpp"

#include <gtest/gtest.h>

namespace whittle::builder {
namespace {

TEST(Sealed, TheBodyComesBack) {
  for (const std::string body : {"", "value", "several\nlines\n"})
    EXPECT_EQ(unsealed(sealed("whittle test 1", body), "whittle test 1"), body);
}

TEST(Sealed, Hostile209_WhatIsDamagedOrCutIsNothing) {
  const auto whole = sealed("whittle test 1", "value");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(unsealed(damaged, "whittle test 1"), std::nullopt) << "bit of byte " << i;
    EXPECT_EQ(unsealed(whole.substr(0, i), "whittle test 1"), std::nullopt) << "cut at " << i;
  }
  EXPECT_EQ(unsealed(whole + "\n", "whittle test 1"), std::nullopt);
}

TEST(Sealed, AnotherHeaderIsAnotherFile) {
  EXPECT_EQ(unsealed(sealed("whittle test 1", "value"), "whittle test 2"), std::nullopt);
  EXPECT_EQ(unsealed(sealed("whittle test 10", "value"), "whittle test 1"), std::nullopt);
  EXPECT_EQ(unsealed(sealed("whittle test 1", "value"), ""), std::nullopt);
}

}  // namespace
}  // namespace whittle::builder
