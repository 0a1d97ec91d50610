#include <gmock/gmock.h>

#include "common/json.hpp"
#include "tests/support/failure.hpp"
#include "vulnerabilities/day.hpp"
#include "vulnerabilities/dismissals.hpp"
#include "vulnerabilities/report_text.hpp"
#include "vulnerabilities/sarif.hpp"

namespace whittle::vulnerabilities {
namespace {

using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Finding finding(const std::string& id, Severity severity, Presence presence) {
  Finding finding;
  finding.id = id;
  finding.aliases = {"CVE-" + id};
  finding.summary = "Something is \x1b[31mwrong";
  finding.severity = severity;
  finding.ecosystem = "Go";
  finding.package = "golang.org/x/net";
  finding.version = "v0.5.0";
  finding.fixed = "0.7.0";
  finding.locations = {{"usr/bin/a b", "sha256:1", presence, {}}};
  return finding;
}

TEST(Dismissal, IsByIdOrAliasWithAReasonAndADay) {
  std::vector<Finding> findings = {finding("G-1", Severity::high, Presence::linked),
                                   finding("G-2", Severity::high, Presence::linked),
                                   finding("G-3", Severity::high, Presence::linked)};
  Dismissals dismissals;
  dismissals.add("G-1=we do not = call it");
  dismissals.add("CVE-G-2,until=2026-12-31=soon");
  dismissals.add("G-3,until=2026-11-27");
  dismissals.add("G-4");
  EXPECT_THAT(dismissals.apply(findings, "2026-11-28"),
              ElementsAre("\"G-3\" is ignored until 2026-11-27, and counts again",
                          "\"G-4\" is ignored, and was not found"));
  EXPECT_EQ(findings[0].dismissal->reason, "we do not = call it");
  EXPECT_EQ(findings[1].dismissal->until, "2026-12-31");
  EXPECT_FALSE(findings[1].counts());
  EXPECT_TRUE(findings[2].counts());
}

TEST(Dismissal, SaysWhatIsWrongWithIt) {
  for (const auto* text :
       {"", "=reason", "G-1,until=soon", "G-1,until=2026-02-30", "G-1,until=2026-12-31x", "G-1,other"})
    EXPECT_THAT(failure([&] { Dismissals().add(text); }), StartsWith("usage: --ignore")) << text;
}

TEST(Day, IsOneOfTheCalendar) {
  EXPECT_EQ(text_of(*day_of("2026-11-28T17:54:05Z")), "2026-11-28");
  for (const auto* none : {"", "2026-13-01", "2026-02-29", "2026-1-1", "20261128", "2026-11-28 "})
    EXPECT_FALSE(day_of(none)) << none;
}

TEST(Findings, TheWorstThatCountsIsFirst) {
  std::vector<Finding> all = {
      finding("A", Severity::critical, Presence::not_linked), finding("B", Severity::low, Presence::linked),
      finding("C", Severity::unknown, Presence::linked), finding("D", Severity::critical, Presence::unknown)};
  sort_findings(all);
  std::string order;
  for (const auto& one : all) order += one.id;
  EXPECT_EQ(order, "DCBA");
}

ScannedPlatform platform() {
  ScannedPlatform platform{{"type", Digest::of(std::string_view()), 0},
                           layers::Platform::parse("linux/amd64")};
  platform.findings = {finding("G-1", Severity::high, Presence::linked),
                       finding("G-2", Severity::high, Presence::not_linked)};
  platform.findings[0].locations[0].symbols = {"golang.org/x/net/html.Parse"};
  return platform;
}

TEST(ReportText, SaysWhatToDoAndFoldsWhatIsNotLinkedIn) {
  const auto text = text_of(platform(), {});
  EXPECT_THAT(text, HasSubstr("1 known vulnerability: 1 high"));
  EXPECT_THAT(text, HasSubstr("usr/bin/a b has golang.org/x/net/html.Parse"));
  EXPECT_THAT(text, HasSubstr("fixed in v0.7.0: go get golang.org/x/net@v0.7.0"));
  EXPECT_THAT(text, HasSubstr("1 more of modules that are listed"));
  EXPECT_THAT(text, Not(HasSubstr("G-2")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_of(platform(), {.all = true}), HasSubstr("G-2"));
}

TEST(Sarif, HasWhatReadersAskFor) {
  Scan scan{platform().manifest, {platform()}};
  scan.platforms[0].findings[0].dismissal = Dismissal{"known", ""};
  const auto run = sarif_of(scan, "1.0").at("runs").at(0);
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 1U);
  ASSERT_EQ(run["results"].size(), 1U);
  const auto& result = run["results"][0];
  EXPECT_EQ(result["ruleIndex"], 0);
  EXPECT_EQ(result["level"], "error");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "usr/bin/a%20b");
  EXPECT_EQ(result["suppressions"][0]["justification"], "known");
}

}  // namespace
}  // namespace whittle::vulnerabilities
