// What the bytes of programs are counted for that the Go of this machine makes.
#include "attribution/program_tree.hpp"

#include "tests/support/go_program.hpp"
#include "tests/unit/attribution/helpers.hpp"

namespace whittle::attribution {
namespace {

using test::count_of;
using test::even_positions;
using test::expect_sums;
using test::find;
using test::sum_of;

class ProgramTree : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
  }
  static constexpr std::size_t everything = 100'000;  // nodes: more than any of these programs has
  static std::vector<Node> tree_of(const std::string& bytes, std::size_t most = everything) {
    auto nodes = tree_of_elf(binaries::MemoryAccess(bytes), even_positions(bytes.size()), most);
    EXPECT_TRUE(!nodes.empty() || most < everything);
    if (nodes.empty()) return nodes;
    EXPECT_EQ(sum_of(nodes).raw, bytes.size());
    EXPECT_EQ(sum_of(nodes).compressed, bytes.size() / 3);
    expect_sums(nodes);
    return nodes;
  }
  // Of the section's bytes, in thousandths, what functions have.
  static std::uint64_t attributed(const Node& section) {
    std::uint64_t known = 0;
    for (const auto& module : section.children)
      if (module.kind == Node::Kind::module) known += module.size.raw;
    return known * 1'000 / section.size.raw;
  }
};

TEST_F(ProgramTree, StrippedItIsToldApartByModulePackageAndFunction) {
  const auto nodes = tree_of(test::GoProgram().build());
  const auto* text = find(nodes, ".text");
  ASSERT_NE(text, nullptr);
  EXPECT_GE(attributed(*text), 999U);
  const auto* module = find(text->children, "example.com/my.shop (devel)");
  ASSERT_NE(module, nullptr);
  const auto* generic = find(module->children, "example.com/my.shop/gen");
  ASSERT_NE(generic, nullptr);
  EXPECT_NE(find(generic->children, "(*Stack[go.shape.int]).Push"), nullptr);
  const auto* dependency = find(text->children, "example.com/text v1.0.0 => ../text (devel)");
  ASSERT_NE(dependency, nullptr);
  EXPECT_NE(find(find(dependency->children, "example.com/text")->children, "Upper"), nullptr);
  const auto* standard = find(text->children, "standard library");
  ASSERT_NE(standard, nullptr);
  EXPECT_NE(find(standard->children, "runtime"), nullptr);
  const auto* table = find(nodes, ".gopclntab");
  ASSERT_NE(table, nullptr);
  EXPECT_GE(attributed(*table), 900U);
  EXPECT_EQ(find(nodes, "unattributed"), nullptr);
}

TEST_F(ProgramTree, ByPackagesAloneEachHasWhatItHasWithItsFunctions) {
  const auto bytes = test::GoProgram().build();
  const auto packages =
      tree_of_elf(binaries::MemoryAccess(bytes), even_positions(bytes.size()), everything, Detail::packages);
  const auto functions = tree_of(bytes);
  expect_sums(packages);
  for (const auto& section : functions)
    for (const auto& module : section.children)
      for (const auto& package : module.children) {
        if (package.kind != Node::Kind::package) continue;
        const auto* same =
            find(find(find(packages, section.name)->children, module.name)->children, package.name);
        ASSERT_NE(same, nullptr) << package.name;
        EXPECT_EQ(same->size, package.size) << package.name;
        EXPECT_TRUE(same->children.empty());
      }
}

TEST_F(ProgramTree, InEveryFormTheTextIsAttributed) {
  const test::GoProgram program;
  struct Form {
    std::vector<std::string> flags, environment;
  };
  for (const auto& form : std::vector<Form>{{{"-buildmode=exe"}, {}},
                                            {{"-buildmode=pie"}, {}},
                                            {{"-buildmode=pie", "-ldflags=-s -w"}, {}},
                                            {{"-ldflags=-s -w"}, {"GOARCH=arm64"}},
                                            {{}, {"GOARCH=arm64"}}}) {
    auto flags = form.flags;
    flags.emplace_back("-buildvcs=false");
    const auto nodes = tree_of(program.build_plain(flags, form.environment));
    const auto* text = find(nodes, ".text");
    ASSERT_NE(text, nullptr);
    EXPECT_GE(attributed(*text), 999U) << testing::PrintToString(flags);
  }
}

TEST_F(ProgramTree, VariablesAreKnownWhereSymbolsAre) {
  const auto nodes = tree_of(test::GoProgram().build_plain({"-buildvcs=false"}));
  const auto* data = find(nodes, ".noptrdata");
  ASSERT_NE(data, nullptr);
  EXPECT_NE(find(data->children, "standard library"), nullptr);
}

TEST_F(ProgramTree, FewNodesHoldTheSameBytes) {
  const auto bytes = test::GoProgram().build();
  for (const std::size_t most : {0U, 1U, 20U, 500U})
    EXPECT_LE(count_of(tree_of(bytes, most)), most * 2 + 2) << most;
  EXPECT_FALSE(tree_of(bytes, 20).empty());
}

TEST_F(ProgramTree, Hostile91_ACutOrLyingProgramStaysWhole) {
  const auto whole = test::GoProgram().build();
  // Cut, so that the section table is where it was or is gone.
  for (const std::size_t size : {0U, 3U, 63U, 64U, 4'096U, 1'000'000U}) tree_of(whole.substr(0, size));
  // Every byte of the headers and of the beginning of the function table says something else.
  const auto table = whole.find(std::string("\xf1\xff\xff\xff\x00\x00", 6));
  ASSERT_NE(table, std::string::npos);
  for (const std::size_t start : {std::size_t{16}, table})
    for (std::size_t at = start; at < start + 112; at += 3) {
      auto lying = whole;
      lying[at] = static_cast<char>(~lying[at]);
      tree_of(lying, 1'000);
    }
}

}  // namespace
}  // namespace whittle::attribution
