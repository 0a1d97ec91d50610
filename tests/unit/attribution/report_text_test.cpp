#include "attribution/report_text.hpp"

#include "attribution/report_json.hpp"
#include "tests/unit/attribution/helpers.hpp"

namespace whittle::attribution {
namespace {

using testing::HasSubstr;
using testing::Not;

// A layer with a file of each sort.
std::vector<Node> tree() {
  const Node function{"main", Node::Kind::function, {3'000, 1'000}, {}};
  const Node package{"main", Node::Kind::package, function.size, {function}};
  const Node module{"example.com/shop (devel)", Node::Kind::module, package.size, {package}};
  const Node text{".text", Node::Kind::section, module.size, {module}};
  const Node data{".rodata", Node::Kind::section, {2'000, 500}, {}};
  const Node program{"app", Node::Kind::file, {5'000, 1'500}, {text, data}};
  const Node odd{"etc/\x1b[31m\xff<script>", Node::Kind::file, {1'000, 500}, {}};
  return {{"sha256:aa", Node::Kind::layer, {6'000, 2'000}, {program, odd}}};
}

TEST(ReportText, ShowsFilesAndWhatProgramsConsistOf) {
  const auto text = text_of(tree(), std::nullopt, {});
  EXPECT_THAT(text, HasSubstr("75.0%  ############      /app\n"));
  EXPECT_THAT(text, HasSubstr("/app by module\n"));
  EXPECT_THAT(text, HasSubstr("50.0%  ##########        example.com/shop (devel)\n"));
  EXPECT_THAT(text, HasSubstr("25.0%  #####             .rodata\n"));
  TextStyle style;
  style.by = TextStyle::By::section;
  EXPECT_THAT(text_of(tree(), std::nullopt, style), HasSubstr("  .text\n"));
  style.by = TextStyle::By::layer;
  EXPECT_THAT(text_of(tree(), std::nullopt, style), Not(HasSubstr(" by ")));
}

TEST(ReportText, RestsAreCounted) {
  TextStyle style;
  style.top = 1;
  EXPECT_THAT(text_of(tree(), std::nullopt, style), HasSubstr("1 more\n"));
}

TEST(ReportText, Hostile272And273_NamesAreInert) {
  EXPECT_THAT(text_of(tree(), std::nullopt, {}), HasSubstr(R"(/etc/\x1b[31m\xff<script>)"));
  EXPECT_THAT(canonical(to_json(tree())), HasSubstr(R"(etc/\u001b[31m\\xff<script>)"));
}

TEST(ReportText, WasteIsNamedWithItsReason) {
  Waste waste;
  waste.files.push_back({"a", 0, {100, 50}, WastedFile::Reason::copied, 1});
  waste.files.push_back({"b", 1, {80, 40}, WastedFile::Reason::duplicate, 0, "c"});
  waste.size = {180, 90};
  const auto text = text_of(tree(), waste, {});
  EXPECT_THAT(text, HasSubstr("waste: 90 B compressed, 4.5% of the image"));
  EXPECT_THAT(text, HasSubstr("layer 1: /a, copied by layer 2\n"));
  EXPECT_THAT(text, HasSubstr("layer 2: /b, the same as /c\n"));
  const auto json = to_json(waste);
  EXPECT_EQ(json.at("compressedSize"), 90);
  EXPECT_EQ(json.at("reasons").at("duplicate").at("compressedSize"), 40);
  EXPECT_EQ(json.at("files").at(1).at("other"), "c");
}

}  // namespace
}  // namespace whittle::attribution
