#include "packages/package_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string package_digest(64, 'b');
const std::string plain = "Package: a\nVersion: 1:2~3-4\nArchitecture: all\nFilename: pool/a.deb\nSize: 5\n";

TEST(PackageIndex, ReadsWhatIsOfUse) {
  PackageIndex first(plain +
                         "Depends: b,\n c\nPre-Depends: d\nProvides: e\nBreaks: f\nConflicts: g\nSHA256: " +
                         package_digest + "\nDescription: x\n y\n\n" +
                         "package: z\nVERSION: 2\nArchitecture: amd64\nFilename: z.deb\nSize: 0\n",
                     "i");
  const PackageIndex index(std::move(first));  // its views stay
  ASSERT_THAT(index.packages(), SizeIs(2));
  const auto& a = index.packages()[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.version, "1:2~3-4");
  EXPECT_EQ(a.path, "pool/a.deb");
  EXPECT_EQ(a.size, 5U);
  EXPECT_EQ(a.depends, "b,\n c");
  EXPECT_EQ(a.pre_depends, "d");
  EXPECT_EQ(a.provides, "e");
  EXPECT_EQ(a.breaks, "f");
  EXPECT_EQ(a.conflicts, "g");
  ASSERT_TRUE(a.digest.has_value());
  EXPECT_EQ(to_hex(*a.digest), package_digest);
  EXPECT_EQ(index.packages()[1].name, "z");
  EXPECT_FALSE(index.packages()[1].digest.has_value());
  EXPECT_THAT(PackageIndex("", "i").packages(), SizeIs(0));
}

TEST(PackageIndex, RefusesWhatIsMalformed) {
  const auto changed = [](const std::string& from, const std::string& to) {
    auto text = plain;
    text.replace(text.find(from), from.size(), to);
    return failure([&] { PackageIndex(text, "i"); });
  };
  EXPECT_EQ(changed("Size: 5\n", ""), "integrity: i:1: package \"a\": its size is not a number");
  EXPECT_THAT(changed("Version: 1:2~3-4\n", ""), HasSubstr("there is no field Version"));
  EXPECT_THAT(changed("Package: a", "Package: ../a"), HasSubstr("the name is not one of a package"));
  EXPECT_THAT(changed("1:2~3-4", "1 2"), HasSubstr("its version is not one of a package"));
  EXPECT_THAT(changed("Size: 5", "Size: 5k"), HasSubstr("its size is not a number"));
  EXPECT_THAT(changed("Size: 5", "Size: 5\nSHA256: 12"), HasSubstr("its SHA256 is not a digest"));
  for (const auto* path : {"../x", "/x", "a/../x", "a/..", "a b", "a\\b", "\x1b[2J"})
    EXPECT_THAT(changed("pool/a.deb", path), HasSubstr("is not a path")) << path;
}

}  // namespace
}  // namespace whittle::packages
