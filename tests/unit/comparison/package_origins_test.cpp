#include "comparison/package_origins.hpp"

#include <gtest/gtest.h>

namespace whittle::comparison {
namespace {

TEST(PackageOrigins, TheLongestModulePathDecides) {
  binaries::BuildInfo info;
  info.main_module = binaries::GoModule{"shop", "(devel)", ""};
  info.dependencies.push_back({{"shop/api", "v1.0.0", ""}});
  info.dependencies.push_back({{"example.com/a", "v1.0.0", ""}});
  const PackageOrigins origins(info);
  EXPECT_EQ(origins.of("main"), Origin::program);
  EXPECT_EQ(origins.of("shop/internal/gen"), Origin::program);
  EXPECT_EQ(origins.of("shop/api/v1"), Origin::dependency);
  EXPECT_EQ(origins.of("example.com/a"), Origin::dependency);
  EXPECT_EQ(origins.of("shopping"), Origin::toolchain);
  EXPECT_EQ(origins.of("net/http"), Origin::toolchain);
}

TEST(PackageOrigins, WithoutBuildInformationTheFormOfThePathDecides) {
  const PackageOrigins origins(std::nullopt);
  EXPECT_EQ(origins.of("main"), Origin::program);
  EXPECT_EQ(origins.of("example.com/a/b"), Origin::dependency);
  EXPECT_EQ(origins.of("vendor/golang.org/x/text"), Origin::toolchain);
}

}  // namespace
}  // namespace whittle::comparison
