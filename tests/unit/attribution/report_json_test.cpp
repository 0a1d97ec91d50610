#include "attribution/report_json.hpp"

#include <gtest/gtest.h>

namespace whittle::attribution {
namespace {

using Kind = Node::Kind;

TEST(ReportJson, AComparisonHasWhatChangedAlone) {
  const std::vector<Node> before = {
      {"sha256:a",
       Kind::layer,
       {30, 15},
       {{"same", Kind::file, {10, 5}}, {"grown", Kind::file, {10, 5}}, {"gone\xff", Kind::file, {10, 5}}}}};
  const std::vector<Node> now = {
      {"sha256:b", Kind::layer, {30, 17}, {{"same", Kind::file, {10, 5}}, {"grown", Kind::file, {20, 12}}}}};
  EXPECT_EQ(
      canonical(to_json(compare_trees(now, before))),
      R"([{"before":{"compressedSize":15,"size":30},"children":[)"
      R"({"before":{"compressedSize":5,"size":10},"compressedSize":12,"kind":"file","name":"grown","size":20},)"
      R"({"before":{"compressedSize":5,"size":10},"compressedSize":0,"kind":"file","name":"gone\\xff","size":0}],)"
      R"("compressedSize":17,"kind":"layer","name":"sha256:b","size":30}])");
  EXPECT_EQ(canonical(to_json(compare_trees(now, now))), "[]");
}

// Two parts that change by the same amount, one up and one down, are no reason to say nothing.
TEST(ReportJson, APartWhosePartsChangedIsThere) {
  const std::vector<Node> before = {
      {"l", Kind::layer, {3, 3}, {{"a", Kind::file, {1, 1}}, {"b", Kind::file, {2, 2}}}}};
  const std::vector<Node> now = {
      {"l", Kind::layer, {3, 3}, {{"a", Kind::file, {2, 2}}, {"b", Kind::file, {1, 1}}}}};
  EXPECT_EQ(to_json(compare_trees(now, before)).at(0).at("children").size(), 2U);
}

}  // namespace
}  // namespace whittle::attribution
