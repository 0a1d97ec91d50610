#include "evidence/package_database.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using testing::ElementsAre;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::vector<Component>& packages) {
  std::vector<std::string> lines;
  for (const auto& one : packages)
    lines.push_back(fmt::format("{} {} {}", one.name, one.version, one.architecture));
  return lines;
}

TEST(Dpkg, OnlyWhatIsInstalledCounts) {
  const auto packages = dpkg_packages(
      "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\nMaintainer: A "
      "<a@example.com>\nDescription: x\n more\n\n"
      "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n\n"
      "Package: broken\nStatus: install ok half-installed\nVersion: 1\nArchitecture: all\n\n"
      "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
      "it");
  EXPECT_THAT(lines_of(packages), ElementsAre("libc6 2.36-9 amd64", "tzdata 2024a all"));
  EXPECT_EQ(packages[0].supplier, "A <a@example.com>");
}

TEST(Dpkg, ABrokenDatabaseIsAnError) {
  EXPECT_THAT(failure([] { dpkg_packages("Package: a\nno field\n", "it"); }), StartsWith("integrity: it"));
  EXPECT_THAT(failure([] { dpkg_packages("Package: a\nStatus: install ok installed\n", "it"); }),
              StartsWith("integrity: it has a package without"));
}

// Debian policy, section 5.6.1.
TEST(Dpkg, TheSourcePackageIsThePackageUnlessItSaysOtherwise) {
  const auto packages = dpkg_packages(
      "Package: zlib1g\nSource: zlib\nVersion: 1:1.2.13-1\nArchitecture: amd64\n\n"
      "Package: libgcc-s1\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1\nArchitecture: amd64\n\n"
      "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
      "it");
  std::vector<std::string> sources;
  for (const auto& one : packages) sources.push_back(one.source + " " + one.source_version);
  EXPECT_THAT(sources, ElementsAre("zlib 1:1.2.13-1", "gcc-12 12.2.0-14", "tzdata 2024a"));
}

TEST(Apk, TheSourcePackageIsTheOrigin) {
  const auto packages = apk_packages("P:libssl3\nV:3.3.2-r0\no:openssl\n\nP:musl\nV:1.2.5-r0\n", "it");
  EXPECT_EQ(packages[0].source, "openssl");
  EXPECT_EQ(packages[1].source, "musl");
  EXPECT_EQ(packages[1].source_version, "1.2.5-r0");
}

TEST(Apk, PackagesOfTheInstalledDatabase) {
  const auto packages = apk_packages(
      "C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\nm:Somebody "
      "<s@example.com>\nF:lib\nR:ld-musl-x86_64.so.1\n\n"
      "P:busybox\nV:1.36.1-r29\nA:x86_64\nL:GPL-2.0-only\n",
      "it");
  EXPECT_THAT(lines_of(packages), ElementsAre("musl 1.2.5-r0 x86_64", "busybox 1.36.1-r29 x86_64"));
  EXPECT_EQ(packages[0].licence, "MIT");
  EXPECT_THAT(apk_packages("", "it"), testing::IsEmpty());
  EXPECT_THAT(failure([] { apk_packages("P:musl\n\n", "it"); }),
              StartsWith("integrity: it has a package without"));
}

TEST(Distribution, IsNamedByIdAndVersion) {
  EXPECT_EQ(distribution_of("NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n"), "debian-12");
  EXPECT_EQ(distribution_of("ID=debian\n"), "debian");
  EXPECT_EQ(distribution_of("VERSION_ID=12\n"), "");
}

}  // namespace
}  // namespace whittle::evidence
