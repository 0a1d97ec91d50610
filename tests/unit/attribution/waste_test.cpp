#include "attribution/waste.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::attribution {
namespace {

using Reason = WastedFile::Reason;
using testing::ElementsAre;
using testing::IsEmpty;

// Layers of entries that cost 1,000 bytes for each byte of their content, compressed half as much.
class WasteTest : public testing::Test {
 public:
  WasteTest& layer() {
    layers_.emplace_back();
    return *this;
  }
  WasteTest& file(std::string path, std::string_view content, std::uint32_t mode = 0644) {
    return add(std::move(path), content, '0', mode, {});
  }
  WasteTest& link(std::string path, std::string target, char type) {
    return add(std::move(path), "", type, 0777, std::move(target));
  }
  // "REASON PATH LAYER COST" of each.
  std::vector<std::string> found() {
    std::vector<const LayerContents*> all;
    for (const auto& layer : layers_) all.push_back(&layer);
    const auto waste = find_waste(all);
    std::vector<std::string> lines;
    Size sum;
    for (const auto& file : waste.files) {
      lines.push_back(std::string(name_of(file.reason)) + ' ' + file.path + ' ' + std::to_string(file.layer) +
                      ' ' + std::to_string(file.size.compressed));
      sum += file.size;
    }
    EXPECT_EQ(sum, waste.size);
    return lines;
  }

 private:
  WasteTest& add(std::string path, std::string_view content, char type, std::uint32_t mode,
                 std::string target) {
    auto& entries = layers_.back().entries;
    LayerEntry entry;
    entry.path = std::move(path);
    entry.target = std::move(target);
    entry.type = type;
    entry.mode = mode;
    entry.number = entries.size() + 1;
    entry.size = content.size();
    entry.cost = {content.size() * 1'000, content.size() * 500};
    if (entry.is_file()) entry.content = Digest::of(content);
    entries.push_back(std::move(entry));
    return *this;
  }
  std::vector<LayerContents> layers_;
};

TEST_F(WasteTest, NothingIsWastedWhereNothingIsHiddenOrEqual) {
  layer().file("a", "1").file("b", "2").file("empty", "").file("also-empty", "");
  layer().file("c", "3").link("d", "c", '2');
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WasteTest, WhatEachEstargzLayerNeedsIsNone) {
  layer().file(".no.prefetch.landmark", "x").file("stargz.index.json", "1").file("d/stargz.index.json", "1");
  layer().file(".no.prefetch.landmark", "x").file("d/stargz.index.json", "2").file("stargz.index.json", "2");
  EXPECT_THAT(found(), ElementsAre("overwritten d/stargz.index.json 0 500"));
}

TEST_F(WasteTest, WhatLaterLayersHideIsNamedOnce) {
  layer().file("a", "1111").file("b", "22222").file("c", "333333").file("d/e", "4444444");
  layer()
      .file("a", "other")
      .file("b", "22222", 0755)
      .file(".wh.c", "")
      .file("d/.wh..wh..opq", "")
      .file("d/f", "5");
  EXPECT_THAT(found(), ElementsAre("deleted d/e 0 3500", "deleted c 0 3000", "copied b 0 2500",
                                   "overwritten a 0 2000"));
}

TEST_F(WasteTest, CopiesOfCopiesCountEach) {
  layer().file("a", "1111");
  layer().file("a", "1111", 0755);
  layer().file("a", "1111", 0700);
  EXPECT_THAT(found(), ElementsAre("copied a 0 2000", "copied a 1 2000"));
}

TEST_F(WasteTest, OfEqualFilesOneIsNone) {
  layer().file("a", "1111").file("b", "1111").link("c", "a", '1');
  layer().file("d", "1111");
  EXPECT_THAT(found(), ElementsAre("duplicate b 0 2000", "duplicate d 1 2000"));
}

// Hidden ones are waste already: their bytes are no duplicates of what stays.
TEST_F(WasteTest, NothingCountsTwice) {
  layer().file("a", "1111").file("b", "1111");
  layer().file(".wh.a", "").file("c", "1111");
  EXPECT_THAT(found(), ElementsAre("deleted a 0 2000", "duplicate c 1 2000"));
}

TEST_F(WasteTest, WhatALinkStillReachesIsNoWaste) {
  layer().file("a", "1111").link("b", "a", '1');
  layer().file(".wh.a", "");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(WasteTest, AFolderThatIsReplacedTakesItsFilesAlong) {  // hostile 65
  layer().link("a", "", '5').file("a/b", "1111");
  layer().link("a", "elsewhere", '2');
  EXPECT_THAT(found(), ElementsAre("deleted a/b 0 2000"));
}

TEST_F(WasteTest, Hostile64_OnePathTwiceInALayer) {
  layer().file("a", "1111").file("a", "22");
  EXPECT_THAT(found(), ElementsAre("overwritten a 0 2000"));
}

TEST_F(WasteTest, Hostile62_ALinkToNothingIsAContradiction) {
  layer().link("a", "nothing", '1');
  EXPECT_THAT(test::failure([&] { found(); }), testing::HasSubstr("integrity: "));
}

}  // namespace
}  // namespace whittle::attribution
