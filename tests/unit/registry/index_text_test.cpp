#include "registry/index_text.hpp"

#include "common/json.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::find_list;
using registry::replace_elements;

std::string replaced(const std::string& json, const std::set<std::size_t>& out) {
  const auto list = find_list(json, "manifests");
  if (!list) return "no list";
  const auto result = replace_elements(json, *list, out, "NEW");
  return result;
}

TEST(IndexText, Hostile198_KeepsEveryOtherByte) {
  EXPECT_EQ(replaced(R"({"manifests":[]})", {}), R"({"manifests":[NEW]})");
  EXPECT_EQ(replaced("{ \"x\" : [1e3,{\"manifests\":[2]}] , \"manifests\" : [ ] , \"z\":1.0}\n", {}),
            "{ \"x\" : [1e3,{\"manifests\":[2]}] , \"manifests\" : [NEW ] , \"z\":1.0}\n");
  EXPECT_EQ(replaced(R"({"manifests":[{"a":"]},{"}]})", {}), R"({"manifests":[{"a":"]},{"},NEW]})");
  EXPECT_EQ(replaced(R"({"manifests":[{"a":"\"]"},2,3]})", {1}), R"({"manifests":[{"a":"\"]"},NEW,3]})");
  EXPECT_EQ(replaced(R"({"manifests":[1,2,3]})", {0, 2}), R"({"manifests":[NEW,2]})");
  EXPECT_EQ(replaced(R"({"manifests":[1,2,3]})", {1, 2}), R"({"manifests":[1,NEW]})");
  EXPECT_EQ(replaced("{\"manifests\":[\n  1,\n  2\n]}", {}), "{\"manifests\":[\n  1,\n  2,\n  NEW\n]}");
  EXPECT_EQ(replaced("{\"manifests\":[\n  1\n]}", {}), "{\"manifests\":[\n  1,\n  NEW\n]}");
  EXPECT_EQ(replaced("{\"manifests\":[\n  1,\n  2\n]}", {0, 1}), "{\"manifests\":[\n  NEW\n]}");
  EXPECT_EQ(replaced(R"({"m\u0061nifests":[1]})", {}), R"({"m\u0061nifests":[1,NEW]})");
  EXPECT_EQ(replaced(R"({"manifests":null})", {}), "no list");
  EXPECT_EQ(replaced(R"([])", {}), "no list");
}

}  // namespace
}  // namespace whittle::test
