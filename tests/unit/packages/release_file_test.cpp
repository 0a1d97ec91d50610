#include "packages/release_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string index_digest(64, 'a');
const std::string head =
    "Origin: Debian\nSuite: stable\nCodename: woody\nDate: Wed, 25 Nov 2026 22:33:12 UTC\n";
const std::string files = "SHA256:\n " + index_digest + " 12 main/binary-amd64/Packages\n";
constexpr std::chrono::sys_seconds date{std::chrono::seconds(1795645992)};

TEST(ReleaseFile, ReadsItsFields) {
  const auto release = parse_release(head +
                                         "Valid-Until: Wed, 02 Dec 2026 22:33:12 UTC\nAcquire-By-Hash: yes\n"
                                         "Architectures: all amd64\nComponents: main contrib\n" +
                                         files,
                                     "r");
  EXPECT_EQ(release.origin, "Debian");
  EXPECT_EQ(release.suite, "stable");
  EXPECT_EQ(release.codename, "woody");
  EXPECT_EQ(release.date, date);
  EXPECT_EQ(release.valid_until, date + std::chrono::days(7));
  EXPECT_TRUE(release.by_hash);
  EXPECT_TRUE(release.all_apart);
  EXPECT_THAT(release.components, ElementsAre("main", "contrib"));
  ASSERT_NE(release.find("main/binary-amd64/Packages"), nullptr);
  EXPECT_EQ(release.find("main/binary-amd64/Packages")->size, 12U);
  EXPECT_EQ(to_hex(release.find("main/binary-amd64/Packages")->digest), index_digest);
  EXPECT_EQ(release.find("main"), nullptr);
  EXPECT_FALSE(
      parse_release(head + "Architectures: all\nNo-Support-for-Architecture-all: Packages\n" + files, "r")
          .all_apart);
}

TEST(ReleaseFile, WantsMoreThanWeakDigests) {  // hostile 257
  EXPECT_EQ(failure([] { parse_release(head + "MD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 12 x\n", "r"); }),
            "unverified: r has no digests of SHA-256, and weaker ones prove nothing");
}

TEST(ReleaseFile, RefusesWhatIsMalformed) {
  EXPECT_THAT(failure([] { parse_release("", "r"); }), StartsWith("integrity: r: it is empty"));
  EXPECT_THAT(failure([] { parse_release(head + files + "\nSuite: other\n", "r"); }),
              HasSubstr("second paragraph"));
  EXPECT_THAT(failure([] { parse_release("Date: today\n" + files, "r"); }),
              HasSubstr("\"today\" is not a date"));
  for (const auto* line : {" abc 12 x\n", " 12 x\n", " x\n"})
    EXPECT_THAT(failure([&] { parse_release(head + files + line, "r"); }),
                HasSubstr("is not DIGEST SIZE PATH"))
        << line;
  EXPECT_THAT(failure([&] { parse_release(head + files + " " + index_digest + " -1 x\n", "r"); }),
              HasSubstr("is not DIGEST SIZE PATH"));
  EXPECT_THAT(failure([&] {
                parse_release(head + files + " " + index_digest + " 13 main/binary-amd64/Packages\n", "r");
              }),
              HasSubstr("has two digests"));
}

TEST(ReleaseFile, ReadsDates) {
  EXPECT_EQ(parse_release_date("Wed, 25 Nov 2026 22:33:12 UTC"), date);
  EXPECT_EQ(parse_release_date("Wed, 25 Nov 2026 22:33:12 +0000"), date);
  EXPECT_EQ(parse_release_date("Thu,  1 Jan 1970  0:00:01 GMT"),
            std::chrono::sys_seconds(std::chrono::seconds(1)));
  for (const auto* text :
       {"", "Wed, 25 Nov 2026 22:33:12", "Wed, 25 Nov 2026 22:33:12 CET", "25 Nov 2026 22:33:12 UTC",
        "Wed, 31 Nov 2026 22:33:12 UTC", "Wed, 25 Foo 2026 22:33:12 UTC", "Wed, 25 Nov 2026 24:33:12 UTC",
        "Wed, 25 Nov 99999 22:33:12 UTC", "Wed, 25 Nov 2026 22:33 UTC", "Wed, 25 Nov 2026 22:-3:12 UTC"})
    EXPECT_EQ(parse_release_date(text), std::nullopt) << text;
}

TEST(ReleaseFile, IsCheckedAgainstWhatWasAskedFor) {  // hostile 257
  const auto release = parse_release(head + "Valid-Until: Wed, 02 Dec 2026 22:33:12 UTC\n" + files, "r");
  const auto check = [&](std::string_view asked, std::chrono::sys_seconds now, bool expiry = true) {
    return failure([&] { check_release(release, asked, now, expiry, "r"); });
  };
  const auto end = date + std::chrono::days(7);
  EXPECT_EQ(check("stable", date), "no error");
  EXPECT_EQ(check("woody", end), "no error");
  EXPECT_EQ(check("sarge", date),
            "unverified: r: \"sarge\" was asked for, but it is of \"stable\" (\"woody\")");
  EXPECT_THAT(check("woody", end + std::chrono::seconds(1)),
              StartsWith("unverified: r: it was valid until 2026-12-02 22:33:12 UTC"));
  EXPECT_EQ(check("woody", end + std::chrono::days(999), false), "no error");
  EXPECT_EQ(check("woody", date - std::chrono::seconds(300)), "no error") << "clocks differ";
  EXPECT_EQ(
      check("woody", date - std::chrono::seconds(301), false),
      "unverified: r: it is from the future (2026-11-25 22:33:12 UTC)\nhint: check this machine's clock");
}

}  // namespace
}  // namespace whittle::packages
