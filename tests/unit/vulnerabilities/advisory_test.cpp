#include "vulnerabilities/advisory.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::vulnerabilities {
namespace {

using test::failure;
using testing::StartsWith;

std::string entry_affecting(const std::string& affected, const std::string& more = "") {
  return fmt::format(R"({{"id":"X-1","modified":"2026-01-01T00:00:00Z",{}"affected":[{}]}})", more, affected);
}
std::string go_entry(const std::string& events, const std::string& more = "") {
  return entry_affecting(fmt::format(
      R"({{"package":{{"ecosystem":"Go","name":"example.com/m"}},"ranges":[{{"type":"SEMVER","events":[{}]}}]{}}})",
      events, more));
}
Affected affected(const std::string& text) {
  return parse_advisory(text, "X-1.json").affected.at(0);
}

TEST(Advisory, SaysWhichVersionsAreAffected) {
  const auto one =
      affected(go_entry(R"({"introduced":"0"},{"fixed":"1.2.0"},{"introduced":"2.0.0"},{"fixed":"2.0.3"})"));
  EXPECT_TRUE(one.contains("v0.0.1"));
  EXPECT_TRUE(one.contains("v1.2.0-rc.1"));
  EXPECT_FALSE(one.contains("v1.2.0"));
  EXPECT_FALSE(one.contains("v1.9.9"));
  EXPECT_TRUE(one.contains("v2.0.2"));
  EXPECT_FALSE(one.contains("v2.0.3"));
  EXPECT_EQ(one.fix_of("v1.0.0"), "1.2.0");
  EXPECT_EQ(one.fix_of("v2.0.0"), "2.0.3");
}

TEST(Advisory, Hostile251_EventsNeedNotBeSorted) {
  const auto one =
      affected(go_entry(R"({"fixed":"2.0.3"},{"introduced":"2.0.0"},{"fixed":"1.2.0"},{"introduced":"0"})"));
  EXPECT_TRUE(one.contains("v1.0.0"));
  EXPECT_FALSE(one.contains("v1.5.0"));
  EXPECT_TRUE(one.contains("v2.0.1"));
}

TEST(Advisory, Hostile251_AFixOfNothingIsBroken) {
  EXPECT_THAT(failure([] { affected(go_entry(R"({"fixed":"1.0.0"})")); }),
              StartsWith("integrity: \"X-1.json\""));
}

TEST(Advisory, LastAffectedAndLimitsCount) {
  const auto last = affected(go_entry(R"({"introduced":"1.0.0"},{"last_affected":"1.4.0"})"));
  EXPECT_TRUE(last.contains("v1.4.0"));
  EXPECT_FALSE(last.contains("v1.4.1"));
  EXPECT_EQ(last.fix_of("v1.4.0"), "");
  const auto limited = affected(go_entry(R"({"introduced":"0"},{"limit":"2.0.0"})"));
  EXPECT_TRUE(limited.contains("v1.0.0"));
  EXPECT_FALSE(limited.contains("v2.0.0"));
  EXPECT_TRUE(affected(go_entry(R"({"introduced":"0"},{"limit":"*"})")).contains("v9.0.0"));
}

TEST(Advisory, WithoutAnyRangeAllVersionsAreAffected) {
  EXPECT_TRUE(affected(entry_affecting(R"({"package":{"ecosystem":"Go","name":"m"}})")).contains("v1.0.0"));
  EXPECT_TRUE(
      affected(
          entry_affecting(
              R"({"package":{"ecosystem":"Go","name":"m"},"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}]})"))
          .contains("v1.0.0"));
  EXPECT_TRUE(affected(go_entry("")).contains("v1.0.0"));
}

TEST(Advisory, VersionsMayBeListed) {
  const auto one = affected(
      entry_affecting(R"({"package":{"ecosystem":"Debian:12","name":"p"},"versions":["1.0-1","1.0-2"]})"));
  EXPECT_TRUE(one.contains("1.0-2"));
  EXPECT_FALSE(one.contains("1.0-3"));
}

TEST(Advisory, AFixThatIsAffectedAgainIsNone) {
  const auto one = affected(entry_affecting(
      R"({"package":{"ecosystem":"Go","name":"m"},"ranges":[
        {"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.5.0"}]},
        {"type":"SEMVER","events":[{"introduced":"1.4.0"},{"fixed":"1.6.0"}]}]})"));
  EXPECT_EQ(one.fix_of("v1.0.0"), "1.6.0");
}

TEST(Advisory, SeverityIsTheWorstThatIsSaid) {
  const auto scored = parse_advisory(
      entry_affecting(
          "",
          R"("severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},{"type":"CVSS_V2","score":"AV:N/AC:L/Au:N/C:N/I:N/A:P"}],)"),
      "it");
  EXPECT_EQ(scored.score, 7.5);
  EXPECT_EQ(scored.severity, Severity::high);
  EXPECT_EQ(
      parse_advisory(entry_affecting("", R"("database_specific":{"severity":"MODERATE"},)"), "it").severity,
      Severity::medium);
  EXPECT_EQ(parse_advisory(entry_affecting(""), "it").severity, std::nullopt);
}

TEST(Advisory, WhatDebianCallsUnimportantIsLow) {
  const auto text =
      R"({"package":{"ecosystem":"Debian:12","name":"p"},"versions":["1"],"ecosystem_specific":{"urgency":"unimportant"}})";
  EXPECT_EQ(
      affected(
          entry_affecting(
              text,
              R"("severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],)"))
          .severity,
      Severity::low);
}

TEST(Advisory, FunctionsAndPlatformsAreRead) {
  const auto one = affected(go_entry(
      R"({"introduced":"0"})",
      R"(,"ecosystem_specific":{"imports":[{"path":"example.com/m/p","symbols":["F","T.M"],"goos":["windows"]}]})"));
  ASSERT_EQ(one.imports.size(), 1U);
  EXPECT_EQ(one.imports[0].path, "example.com/m/p");
  EXPECT_THAT(one.imports[0].symbols, testing::ElementsAre("F", "T.M"));
  EXPECT_THAT(one.imports[0].systems, testing::ElementsAre("windows"));
}

TEST(Advisory, OtherEcosystemsAreLeftOut) {
  EXPECT_TRUE(
      parse_advisory(
          entry_affecting(R"({"package":{"ecosystem":"npm","name":"p"},"versions":["not a version"]})"), "it")
          .affected.empty());
  EXPECT_EQ(affected(entry_affecting(R"({"package":{"ecosystem":"Ubuntu:24.04:LTS","name":"p"}})")).ecosystem,
            "Ubuntu:24.04");
}

TEST(Advisory, AnotherMajorVersionOfTheFormatIsNotRead) {
  EXPECT_THAT(failure([] { parse_advisory(entry_affecting("", R"("schema_version":"2.0.0",)"), "it"); }),
              StartsWith("unsupported: \"it\" is of version"));
  EXPECT_EQ(parse_advisory(entry_affecting("", R"("schema_version":"1.99.0",)"), "it").id, "X-1");
}

TEST(Advisory, WhatIsBrokenIsNeverEmpty) {
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("{}"), std::string(R"({"id":"X-1"})"),
        std::string(R"({"id":"X-1","id":"X-2","modified":"2026"})"),
        entry_affecting("", R"("schema_version":"x",)"), entry_affecting("7"),
        entry_affecting(R"({"package":{"ecosystem":"Go"}})"),
        entry_affecting(R"({"package":{"ecosystem":"Go","name":"a\tb"}})"), go_entry(R"({"introduced":"x"})"),
        go_entry(R"({"introduced":"0","fixed":"1.0.0"})"), go_entry("{}"),
        entry_affecting(R"({"package":{"ecosystem":"Go","name":"m"},"ranges":[{"type":"NEW","events":[]}]})"),
        entry_affecting(R"({"package":{"ecosystem":"Go","name":"m"},"versions":"1"})")})
    EXPECT_THAT(failure([&] { parse_advisory(text, "it"); }), StartsWith("integrity: ")) << text;
}

TEST(Advisory, NamesAndUrlAreThere) {
  const auto one = parse_advisory(
      entry_affecting(
          "",
          R"("aliases":["CVE-1"],"upstream":["CVE-2"],"details":"First.\nSecond.","withdrawn":"2026-01-01T00:00:00Z",
                 "references":[{"type":"WEB","url":"https://a.example"},{"type":"ADVISORY","url":"https://b.example"}],)"),
      "it");
  EXPECT_THAT(one.aliases, testing::ElementsAre("CVE-1"));
  EXPECT_THAT(one.upstream, testing::ElementsAre("CVE-2"));
  EXPECT_EQ(one.summary, "First.");
  EXPECT_EQ(one.url, "https://b.example");
  EXPECT_TRUE(one.withdrawn);
}

}  // namespace
}  // namespace whittle::vulnerabilities
