#include "attribution/node.hpp"

#include "tests/unit/attribution/helpers.hpp"

namespace whittle::attribution {
namespace {

using test::count_of;
using test::expect_sums;
using test::sum_of;
using testing::ElementsAre;
using testing::Field;

Node leaf(std::string name, std::uint64_t size) {
  return {std::move(name), Node::Kind::file, {size, size / 2}, {}};
}
Node parent(std::string name, std::vector<Node> children) {
  const auto size = sum_of(children);
  return {std::move(name), Node::Kind::layer, size, std::move(children)};
}

TEST(Node, TheLargestStayAndTheOthersBecomeOne) {
  std::vector<Node> tree = {
      parent("layer", {leaf("a", 10), leaf("b", 500), leaf("c", 20), leaf("d", 300), leaf("e", 30)})};
  const auto before = sum_of(tree);
  keep_largest(tree, 2);
  sort_by_size(tree);
  EXPECT_EQ(sum_of(tree), before);
  expect_sums(tree);
  EXPECT_THAT(tree[0].children,
              ElementsAre(Field(&Node::name, "b"), Field(&Node::name, "d"), Field(&Node::name, "3 smaller")));
}

TEST(Node, WhereAllAreSmallTheParentIsAWhole) {
  std::vector<Node> tree = {parent("layer", {parent("large", {leaf("a", 900), leaf("b", 800)}),
                                             parent("small", {leaf("c", 2), leaf("d", 1)})})};
  keep_largest(tree, 4);
  expect_sums(tree);
  ASSERT_EQ(tree[0].children.size(), 2U);
  EXPECT_EQ(tree[0].children[0].children.size(), 2U);
  EXPECT_TRUE(tree[0].children[1].children.empty());
}

TEST(Node, OfManyEqualOnesNoMoreThanWantedStay) {
  std::vector<Node> children;
  for (int i = 0; i < 10'000; ++i) children.push_back(leaf(std::to_string(i), 100));
  children.push_back(leaf("large", 5'000));
  std::vector<Node> tree = {parent("layer", std::move(children))};
  keep_largest(tree, 100);
  expect_sums(tree);
  EXPECT_LE(count_of(tree), 103U);
  EXPECT_EQ(tree[0].size.raw, 1'005'000U);
}

TEST(Node, NothingIsKeptOfNothing) {
  std::vector<Node> tree = {parent("layer", {leaf("a", 1), leaf("b", 2)})};
  keep_largest(tree, 0);
  EXPECT_TRUE(tree[0].children.empty());
  EXPECT_EQ(tree[0].size.raw, 3U);
}

}  // namespace
}  // namespace whittle::attribution
