#include "attribution/package_modules.hpp"

#include <gtest/gtest.h>

namespace whittle::attribution {
namespace {

binaries::BuildInfo shop() {
  binaries::BuildInfo info;
  info.path = "example.com/shop/cmd/api";
  info.main_module = binaries::GoModule{"example.com/shop", "(devel)", ""};
  info.dependencies.push_back({{"example.com/shop/plugins", "v0.1.0", ""}});
  info.dependencies.push_back({{"example.com/text", "v1.0.0", ""}, binaries::GoModule{"../text", "", ""}});
  return info;
}

TEST(PackageModules, TheLongestPathWins) {
  const PackageModules modules(shop());
  EXPECT_EQ(modules.of("example.com/shop/plugins/a"), "example.com/shop/plugins v0.1.0");
  EXPECT_EQ(modules.of("example.com/shop/pluginsets"), "example.com/shop (devel)");
  EXPECT_EQ(modules.of("example.com/text"), "example.com/text v1.0.0 => ../text");
  EXPECT_EQ(modules.of("main"), "example.com/shop (devel)");
}

TEST(PackageModules, WhatHasNoDotInItsFirstElementIsGos) {
  const PackageModules modules(shop());
  for (const auto* package : {"runtime", "net/http", "vendor/golang.org/x/net/idna", "internal/abi"})
    EXPECT_EQ(modules.of(package), "standard library") << package;
  EXPECT_EQ(modules.of("example.org/other"), "unknown module");
  EXPECT_EQ(PackageModules(std::nullopt).of("main"), "unknown module");
}

TEST(PackageModules, SymbolsOfTheCompilerTellOfTypes) {
  EXPECT_EQ(package_of("example.com/text.(*Line).Add"), "example.com/text");
  EXPECT_EQ(package_of("type:.eq.example.com/text.Line"), "example.com/text");
  EXPECT_EQ(package_of("type:*[]net/http.Header"), "net/http");
  EXPECT_EQ(package_of("go:itab.*net/http.body,io.Reader"), "net/http");
  EXPECT_EQ(package_of("type:.eq.struct { a string; b net/http.Header }"), "");
  EXPECT_EQ(package_of("type:.eq.go.shape.struct { net/netip.isV6 bool }"), "");
  EXPECT_EQ(package_of("_cgo_topofstack"), "");
}

}  // namespace
}  // namespace whittle::attribution
