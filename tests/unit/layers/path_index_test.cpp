#include "layers/path_index.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "layers/merged_tree.hpp"

namespace whittle::layers {
namespace {

std::vector<std::string> paths_of(const PathIndex& index) {
  std::vector<std::string> paths;
  for (const auto& entry : index) paths.emplace_back(entry.path());
  return paths;
}

class PathIndexTest : public testing::Test {
 protected:
  void add(const std::string& path) {
    TarEntry entry;
    entry.path = entry.written = path;
    entry.number = ++number_;
    tree_.add(0, entry, {});
  }
  const PathIndex& index() const { return tree_.entries(); }

  MergedTree tree_;
  std::uint64_t number_ = 0;
};

TEST_F(PathIndexTest, AnEmptyOne) {
  EXPECT_EQ(index().begin(), index().end());
  EXPECT_EQ(index().lower_bound("a"), index().end());
  EXPECT_EQ(index().find(""), nullptr);
  EXPECT_EQ(index().rbegin(), index().rend());
}

TEST_F(PathIndexTest, TheOrderIsThatOfBytes) {
  for (const auto* path : {"b", "a/x", "a-b", "\xff", "a0", "Z"}) add(path);
  EXPECT_THAT(paths_of(index()), testing::ElementsAre("Z", "a-b", "a/x", "a0", "b", "\xff"));
}

// Ascending, descending and by chance, with some taken out again: as a sorted map has it.
TEST_F(PathIndexTest, ManyAsInASortedMap) {
  constexpr unsigned many = 20'000;
  std::vector<unsigned> numbers(many);
  for (unsigned i = 0; i < many; ++i) numbers[i] = i;
  std::mt19937 random(7);
  const auto orders = std::map<std::string, std::function<void()>>{
      {"ascending", [] {}},
      {"descending", [&] { std::reverse(numbers.begin(), numbers.end()); }},
      {"by chance", [&] { std::shuffle(numbers.begin(), numbers.end(), random); }}};
  for (const auto& [name, arrange] : orders) {
    arrange();
    tree_ = MergedTree();
    std::map<std::string, std::uint64_t> expected;
    for (const auto number : numbers) {
      const auto path = fmt::format("d{}/f{}", number % 97, number * 7919U % 10'007U);
      add(path);
      expected[path] = number_;
    }
    TarEntry whiteout;
    whiteout.path = whiteout.written = ".wh.d13";
    tree_.add(1, whiteout, {});
    std::erase_if(expected, [](const auto& item) { return item.first.starts_with("d13/"); });
    ASSERT_EQ(index().size(), expected.size()) << name;
    auto at = index().begin();
    for (const auto& [path, number] : expected) {
      ASSERT_EQ(at->path(), path) << name;
      ASSERT_EQ(at->number(), number) << name;
      ASSERT_EQ(index().find(path), &*at) << name;
      ASSERT_EQ(index().lower_bound(path), at) << name;
      const auto behind = std::next(at);
      ASSERT_EQ(index().lower_bound(path + '\0'), behind) << name;
      at = behind;
    }
    EXPECT_EQ(at, index().end()) << name;
    EXPECT_EQ(static_cast<std::size_t>(std::distance(index().rbegin(), index().rend())), expected.size());
    EXPECT_FALSE(index().contains("d13/f0")) << name;
  }
}

TEST(TextStoreTest, TextsOfAnySizeStayWhereTheyAre) {
  TextStore store;
  std::vector<std::pair<std::string, TextStore::Text>> kept;
  for (const std::size_t size : {0U, 1U, 127U, 128U, 16'383U, 16'384U, 70'000U, 3U})
    for (const char letter : {'a', '\0', '\xff'}) {
      const std::string text(size, letter);
      kept.emplace_back(text, store.keep(text));
    }
  const auto moved = std::move(store);
  for (const auto& [text, handle] : kept) EXPECT_EQ(handle.view(), text);
  EXPECT_EQ(TextStore::Text().view(), "");
}

}  // namespace
}  // namespace whittle::layers
