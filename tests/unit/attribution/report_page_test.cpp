#include "attribution/report_page.hpp"

#include "attribution/change_text.hpp"
#include "tests/unit/attribution/helpers.hpp"

namespace whittle::attribution {
namespace {

using testing::HasSubstr;
using testing::Not;

Node leaf(std::string name, Node::Kind kind, std::uint64_t compressed) {
  return {std::move(name), kind, {compressed * 2, compressed}, {}};
}
std::vector<Node> layer(std::string digest, std::vector<Node> files) {
  const auto size = test::sum_of(files);
  return {{std::move(digest), Node::Kind::layer, size, std::move(files)}};
}

const std::vector<Node> before =
    layer("sha256:aa", {leaf("kept", Node::Kind::file, 10), leaf("gone", Node::Kind::file, 30),
                        leaf("example.com/a v1.0.0", Node::Kind::module, 100)});
const std::vector<Node> now =
    layer("sha256:bb", {leaf("kept", Node::Kind::file, 15), leaf("new", Node::Kind::file, 7),
                        leaf("example.com/a v1.1.0", Node::Kind::module, 120)});

TEST(TreeDifference, LaysPartsOverEachOther) {
  const auto compared = compare_trees(now, before);
  ASSERT_EQ(compared.size(), 1U);
  EXPECT_EQ(compared[0].change(), 142 - 140);
  std::map<std::string, std::int64_t> changes;
  for (const auto& node : compared[0].children) changes[node.name] = node.change();
  EXPECT_THAT(changes,
              testing::ElementsAre(testing::Pair("example.com/a v1.1.0", 20), testing::Pair("gone", -30),
                                   testing::Pair("kept", 5), testing::Pair("new", 7)));
}

TEST(TreeDifference, OfATreeAndItselfNothingChanged) {
  EXPECT_THAT(text_of_changes(compare_trees(now, now), "x", {}), HasSubstr("against x: unchanged"));
}

TEST(ChangeText, NamesWhatGrewAndWhatIsGone) {
  const auto text = text_of_changes(compare_trees(now, before), "oci:old\x1b", {});
  EXPECT_THAT(text, HasSubstr(R"(against oci:old\x1b: +2 B, compressed)"));
  EXPECT_THAT(text, HasSubstr("       -30 B         gone  /gone\n"));
  EXPECT_THAT(text, HasSubstr("       +20 B        120 B  example.com/a v1.1.0\n"));
}

TEST(ReportPage, AsksNothingOfANetwork) {
  const auto page = page_of({"oci:x", {{"linux/amd64", now}}});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const auto* reference : {"src=", "href=", "url(", "http:", "https:", "fetch(", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(reference)));
}

TEST(ReportPage, Hostile272_NamesAreInert) {
  const auto odd =
      layer("sha256:cc", {leaf("</script><script>alert(1)</script>\x1b\xff", Node::Kind::file, 1)});
  const auto page = page_of({"<b>", {{"linux/amd64", odd}}});
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<b>\"")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr(R"(\u003c/script>\u003cscript>alert(1))"));
}

TEST(ReportPage, HasAllPlatformsEachAgainstItsOwn) {
  Page both{"oci:x", {{"linux/amd64", now, &before}, {"linux/arm64", before, &before}}, "oci:y"};
  const auto page = page_of(both);
  EXPECT_THAT(page, HasSubstr(R"("against":"oci:y")"));
  EXPECT_THAT(page, HasSubstr(R"({"name":"linux/amd64","tree":[["sha256:bb","layer",284,142,)"));
  EXPECT_THAT(page, HasSubstr(R"({"name":"linux/arm64","tree":[["sha256:aa","layer",280,140,)"));
  // What the first gained: a file that was not there.
  EXPECT_THAT(page, HasSubstr(R"(["new","file",14,7,[],0])"));
}

}  // namespace
}  // namespace whittle::attribution
