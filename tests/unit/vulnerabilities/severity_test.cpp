#include "vulnerabilities/severity.hpp"

#include <gtest/gtest.h>

#include <string>

namespace whittle::vulnerabilities {
namespace {

// Examples that FIRST published with their scores ("CVSS v3.1 Examples", "CVSS v2 Complete Documentation").
TEST(Cvss, ScoresAreThoseOfTheSpecificationsExamples) {
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"), 6.1);
  EXPECT_EQ(cvss_base_score("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N"), 6.4);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"), 3.1);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H"), 9.9);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L"), 4.2);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"), 7.5);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), 9.8);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"), 10.0);
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"), 0.0);
  EXPECT_EQ(cvss_base_score("AV:N/AC:L/Au:N/C:N/I:N/A:C"), 7.8);
  EXPECT_EQ(cvss_base_score("AV:N/AC:L/Au:N/C:C/I:C/A:C"), 10.0);
  EXPECT_EQ(cvss_base_score("AV:L/AC:H/Au:N/C:C/I:C/A:C"), 6.2);
}

// From FIRST's "CVSS v4.0 Examples" and its calculator: each set of vectors, with and without a way to the
// next.
TEST(Cvss, ScoresOfVersion4AreThoseOfItsCalculator) {
  const auto score = [](const std::string& text) { return cvss_base_score("CVSS:4.0/" + text); };
  EXPECT_EQ(score("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"), 10.0);
  EXPECT_EQ(score("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), 9.3);
  EXPECT_EQ(score("AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L"), 9.2);
  EXPECT_EQ(score("AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:L/SA:H"), 7.9);
  EXPECT_EQ(score("AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), 7.7);
  EXPECT_EQ(score("AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), 7.3);
  EXPECT_EQ(score("AV:N/AC:L/AT:P/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:N/SA:N"), 2.1);
  EXPECT_EQ(score("AV:N/AC:H/AT:N/PR:H/UI:A/VC:L/VI:L/VA:H/SC:N/SI:L/SA:L"), 5.7);
  EXPECT_EQ(score("AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L"), 1.0);
  EXPECT_EQ(score("AV:P/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"), 0.0);
  for (const auto* threat : {"/E:A", "/E:U", "/CR:L/MAV:P/S:P/U:Red"})
    EXPECT_EQ(score(std::string("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N") + threat), 9.3)
        << threat;
}

TEST(Cvss, OptionalMetricsDoNotCount) {
  EXPECT_EQ(cvss_base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/MAV:L"), 9.8);
}

TEST(Cvss, WhatIsIllFormedHasNoScore) {
  for (const auto* vector :
       {"", "CVSS:3.1/", "CVSS:3.1/AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A",
        "CVSS:9.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "7.5", "AV:N/AC:L/Au:N/C:N/I:N",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:R/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"})
    EXPECT_EQ(cvss_base_score(vector), std::nullopt) << vector;
}

TEST(Severity, ScoresHaveTheWordsOfTheSpecification) {
  EXPECT_EQ(severity_of(0.0), Severity::none);
  EXPECT_EQ(severity_of(3.9), Severity::low);
  EXPECT_EQ(severity_of(4.0), Severity::medium);
  EXPECT_EQ(severity_of(6.9), Severity::medium);
  EXPECT_EQ(severity_of(7.0), Severity::high);
  EXPECT_EQ(severity_of(8.9), Severity::high);
  EXPECT_EQ(severity_of(9.0), Severity::critical);
}

TEST(Severity, WordsOfDatabasesAreUnderstoodInAnyCase) {
  EXPECT_EQ(severity_named("MODERATE"), Severity::medium);
  EXPECT_EQ(severity_named("unimportant"), Severity::low);
  EXPECT_EQ(severity_named("Critical"), Severity::critical);
  EXPECT_EQ(severity_named("not yet assigned"), std::nullopt);
}

}  // namespace
}  // namespace whittle::vulnerabilities
