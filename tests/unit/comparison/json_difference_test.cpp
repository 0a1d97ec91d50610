#include "comparison/json_difference.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using testing::ElementsAre;

std::vector<std::string> json_differences(const char* a, const char* b) {
  Findings findings;
  compare_json(Json::parse(a), Json::parse(b), {"f"}, findings);
  return test::lines_of(findings);
}

TEST(JsonDifference, NamesEachPlaceByItsPointer) {
  EXPECT_THAT(json_differences(R"({"a":{"b/c":[1,2]},"~":true})", R"({"a":{"b/c":[1,3]},"~":false})"),
              ElementsAre("f > /a/b~1c/1 json: 2 -> 3", "f > /~0 json: true -> false"));
  EXPECT_THAT(json_differences(R"({"gone":1})", R"({"new":"x"})"),
              ElementsAre("f > /gone json: 1 -> -", "f > /new json: - -> x"));
  EXPECT_THAT(json_differences("1", "[]"), ElementsAre("f > / json: 1 -> []"));
}

TEST(JsonDifference, OrderAndTimeStamps) {
  EXPECT_THAT(json_differences(R"({"l":[1,2,3]})", R"({"l":[3,1,2]})"), ElementsAre("f > /l json-order"));
  EXPECT_THAT(json_differences(R"({"at":"2026-08-01T10:00:00Z"})", R"({"at":"2026-08-01T10:00:01Z"})"),
              ElementsAre("f > /at time-stamp: 2026-08-01T10:00:00Z -> 2026-08-01T10:00:01Z"));
}

// One key of megabytes stands in the place of each value below it.
TEST(JsonDifference, LongKeysAreKeptInPart) {
  const std::string key(1U << 20U, 'k');
  Json a;
  Json b;
  for (int i = 0; i < 3; ++i) {
    a[key][std::to_string(i)] = 1;
    b[key][std::to_string(i)] = 2;
  }
  Findings findings;
  compare_json(a, b, {"f"}, findings);
  ASSERT_EQ(findings.kept().size(), 3U);
  for (const auto& finding : findings.kept()) EXPECT_EQ(finding.where.back().size(), Findings::kept_bytes);
}

}  // namespace
}  // namespace whittle::comparison
