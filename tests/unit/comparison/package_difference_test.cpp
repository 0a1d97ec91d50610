#include "comparison/package_difference.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(PackageDifference, ReadsDpkgAndApk) {
  EXPECT_THAT(
      package_versions(
          "Package: tzdata\nStatus: install ok installed\nVersion: 2024a-0\n\n"
          "Package: old\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: libc6\nVersion: 2.36\n"),
      ElementsAre(Pair("libc6", "2.36"), Pair("tzdata", "2024a-0")));
  EXPECT_THAT(package_versions("C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:busybox\nV:1.36\n"),
              ElementsAre(Pair("busybox", "1.36"), Pair("musl", "1.2.5-r0")));
  EXPECT_TRUE(is_package_database("var/lib/dpkg/status.d/tzdata"));
  EXPECT_FALSE(is_package_database("var/lib/dpkg/status.d/tzdata.md5sums"));
}

TEST(PackageDifference, NamesVersionsAndWhatOneHasAlone) {
  Findings findings;
  EXPECT_TRUE(compare_packages("P:a\nV:1\n\nP:b\nV:1\n", "P:a\nV:2\n\nP:c\nV:1\n", {"db"}, findings));
  EXPECT_THAT(test::lines_of(findings),
              ElementsAre("db > a package: 1 -> 2", "db > b package: 1 -> -", "db > c package: - -> 1"));
  EXPECT_FALSE(compare_packages("P:a\nV:1\n", "P:a\nV:1\nX:y\n", {"db"}, findings));
}

}  // namespace
}  // namespace whittle::comparison
