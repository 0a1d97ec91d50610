#include "packages/bases.hpp"

#include "tests/unit/packages/deb_helpers.hpp"

#include "packages/built_ins.hpp"

namespace whittle::packages {
namespace {

TEST(Bases, ByName) {
  for (const auto* name : {"static", "base", "debug"}) {
    const auto* base = find_base(name);
    ASSERT_NE(base, nullptr);
    EXPECT_EQ(base->name, name);
    for (const auto& built_in : base->built_ins)
      EXPECT_TRUE(std::any_of(built_ins().begin(), built_ins().end(),
                              [&](const BuiltIn& one) { return one.name == built_in; }));
  }
  EXPECT_EQ(find_base("scratch"), nullptr);
}

TEST(Bases, Architectures) {
  const auto debian = [](const char* platform) {
    return debian_architecture(layers::Platform::parse(platform)).value_or("none");
  };
  EXPECT_EQ(debian("linux/amd64"), "amd64");
  EXPECT_EQ(debian("linux/amd64/v3"), "amd64");
  EXPECT_EQ(debian("linux/arm64"), "arm64");
  EXPECT_EQ(debian("linux/arm"), "armhf");
  EXPECT_EQ(debian("linux/arm/v7"), "armhf");
  EXPECT_EQ(debian("linux/arm/v6"), "armel");
  EXPECT_EQ(debian("linux/386"), "i386");
  EXPECT_EQ(debian("linux/ppc64le"), "ppc64el");
  EXPECT_EQ(debian("linux/loong64"), "none");
  EXPECT_EQ(debian("windows/amd64"), "none");
}

}  // namespace
}  // namespace whittle::packages
