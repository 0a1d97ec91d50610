#include "vulnerabilities/go_matcher.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "binaries/go_functions.hpp"
#include "common/file.hpp"
#include "common/report.hpp"
#include "tests/support/go_program.hpp"
#include "tests/support/small_program.hpp"
#include "vulnerabilities/linked_symbols.hpp"

namespace whittle::vulnerabilities {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A program that is built once, and entries about it.
class GoMatcher : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!test::GoProgram::available()) return;
    test::GoProgram source;
    source.write(
        "gen/inlined.go",
        "package gen\n\nfunc Twice(i int) int {\n\tif i > 7 {\n\t\treturn 7\n\t}\n\treturn 2 * i\n}\n\n"
        "func Unused(i int) int { return 3 * i }\n");
    source.replace("main.go", "return i * i", "return gen.Twice(i) * i");
    stripped = new std::string(source.build());
  }
  static void TearDownTestSuite() {
    delete stripped;
    stripped = nullptr;
  }
  void SetUp() override {
    if (stripped == nullptr) GTEST_SKIP() << "there is no Go here";
    file_ = std::make_unique<binaries::MemoryAccess>(*stripped);
    elf_ = binaries::read_elf(*file_);
    info_ = *binaries::read_build_info(*file_, elf_);
    info_.main_module->version = "v1.5.0";
  }

  // An entry that is about versions of a module before 2.0.0; `imports` as in JSON.
  void add(const std::string& id, const std::string& module, const std::string& imports,
           const std::string& more = "") {
    fs::create_directories(folder_.path() / "db");
    const auto specific =
        imports.empty() ? "" : fmt::format(R"(,"ecosystem_specific":{{"imports":[{}]}})", imports);
    write_file(
        folder_.path() / "db" / (id + ".json"),
        fmt::format(
            R"({{"id":"{}","modified":"2026-01-01T00:00:00Z",{}"affected":[{{"package":{{"ecosystem":"Go","name":"{}"}},)"
            R"("ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"2.0.0"}}]}}]{}}}]}})",
            id, more, module, specific),
        AtomicFile::Durability::content);
  }
  ProgramMatches match() {
    SilentReporter silent;
    builder::Cache cache(folder_.path() / "cache", silent);
    std::vector<Database> all;
    all.push_back(Database::open(folder_.path() / "db", cache, silent, 1, {}));
    Databases databases(std::move(all));
    return match_program(*file_, elf_, info_, databases, 2, {});
  }
  // "ID PRESENCE SYMBOLS" of each.
  std::vector<std::string> findings() {
    std::vector<std::string> lines;
    for (const auto& finding : match().findings)
      lines.push_back(fmt::format("{} {} {}", finding.id, name_of(finding.presence()),
                                  fmt::join(finding.locations.at(0).symbols, " ")));
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  static std::string import(const std::string& path, const std::string& symbols,
                            const std::string& more = "") {
    return fmt::format(R"({{"path":"{}","symbols":[{}]{}}})", path, symbols, more);
  }

  static std::string* stripped;
  TemporaryFolder folder_{fs::temp_directory_path()};
  std::unique_ptr<binaries::MemoryAccess> file_;
  binaries::Elf elf_;
  binaries::BuildInfo info_;
};
std::string* GoMatcher::stripped = nullptr;

constexpr const char* shop = "example.com/my.shop";

TEST_F(GoMatcher, AStrippedProgramTellsWhatIsLinkedIn) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Stamp")"));
  add("G-2", shop, import("example.com/my.shop/gen", R"("Missing")"));
  add("G-3", shop, import("example.com/my.shop/v.2", R"("Do")"));
  add("G-4", shop, import("example.com/my.shop/other", R"("Do")"));
  EXPECT_THAT(findings(), ElementsAre("G-1 linked example.com/my.shop/gen.Stamp", "G-2 not-linked ",
                                      "G-3 linked example.com/my.shop/v.2.Do", "G-4 not-linked "));
}

TEST_F(GoMatcher, AFunctionThatIsInlinedEverywhereIsLinkedIn) {
  const auto functions = binaries::GoFunctions::read(*file_, elf_);
  binaries::GoFunctions::Names names(*functions);
  for (std::size_t i = 0; i < functions->count(); ++i) ASSERT_NE(names[i], "example.com/my.shop/gen.Twice");
  add("G-1", shop, import("example.com/my.shop/gen", R"("Twice")"));
  add("G-2", shop, import("example.com/my.shop/gen", R"("Unused")"));
  EXPECT_THAT(findings(), ElementsAre("G-1 linked example.com/my.shop/gen.Twice", "G-2 not-linked "));
}

TEST_F(GoMatcher, MethodsTypeArgumentsAndClosuresHaveTheNameInSource) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Stack.Push","Map")"));
  add("G-2", shop, import(shop, R"("cart.Add")"));  // of the main package
  EXPECT_THAT(findings(),
              ElementsAre("G-1 linked example.com/my.shop/gen.Map example.com/my.shop/gen.Stack.Push",
                          "G-2 linked example.com/my.shop.cart.Add"));
}

TEST_F(GoMatcher, WithoutFunctionsThePackageCountsAndWithoutPackagesTheModule) {
  add("G-1", shop, R"({"path":"example.com/my.shop/gen"})");
  add("G-2", shop, R"({"path":"example.com/my.shop/other"})");
  add("G-3", shop, "");
  EXPECT_THAT(findings(),
              ElementsAre("G-1 linked example.com/my.shop/gen", "G-2 not-linked ", "G-3 linked "));
}

TEST_F(GoMatcher, OtherPlatformsDoNotCount) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Stamp")", R"(,"goos":["windows","plan9"])"));
  add("G-2", shop, import("example.com/my.shop/gen", R"("Stamp")", R"(,"goos":["linux"],"goarch":["mips"])"));
  add("G-3", shop, import("example.com/my.shop/gen", R"("Stamp")", R"(,"goos":["linux"])"));
  EXPECT_THAT(findings(),
              ElementsAre("G-1 not-linked ", "G-2 not-linked ", "G-3 linked example.com/my.shop/gen.Stamp"));
}

TEST_F(GoMatcher, MendedVersionsAreNoFindings) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Stamp")"));
  info_.main_module->version = "v2.0.0";
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(GoMatcher, WhoNamesFunctionsSpeaksForTheOthers) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Missing")"), R"("aliases":["CVE-1"],)");
  add("A-1", shop, "", R"("aliases":["CVE-1"],"database_specific":{"severity":"HIGH"},)");
  const auto found = match().findings;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "G-1");
  EXPECT_EQ(found[0].presence(), Presence::not_linked);
  EXPECT_EQ(found[0].severity, Severity::high);
  EXPECT_THAT(found[0].aliases, UnorderedElementsAre("A-1", "CVE-1"));
}

TEST_F(GoMatcher, TheStandardLibraryHasTheVersionOfGo) {
  info_.go_version = "go1.99.1";
  add("G-1", "stdlib", import("fmt", R"("Println")"));
  add("G-2", "stdlib", import("net/http", R"("ListenAndServe")"));
  const auto found = match().findings;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].version_text(found[0].version), "go1.99.1");
  EXPECT_EQ(found[0].remedy(), "build with go2.0.0");
  EXPECT_THAT(findings(), ElementsAre("G-1 linked fmt.Println", "G-2 not-linked "));
}

TEST_F(GoMatcher, Hostile249_AModuleReplacedByAnotherIsThatOne) {
  info_.dependencies = {
      {{"example.com/old", "v1.0.0", ""}, binaries::GoModule{"example.com/fork", "v1.2.0", ""}}};
  // Its packages keep the path that they are imported by.
  info_.dependencies.push_back(
      {{"example.com/my.shop/gen", "v1.0.0", ""}, binaries::GoModule{"example.com/generated", "v1.0.0", ""}});
  add("G-1", "example.com/generated", import("example.com/generated", R"("Stamp")"));
  add("G-2", "example.com/fork", import("example.com/fork", R"("Stamp")"));
  EXPECT_THAT(findings(), ElementsAre("G-1 linked example.com/my.shop/gen.Stamp", "G-2 not-linked "));
}

TEST_F(GoMatcher, Hostile249_OfAModuleWithoutAVersionNothingIsSaidButThatItIsNotKnown) {
  add("G-1", "example.com/text", import("example.com/text", R"("Upper")"));  // replaced by a folder
  add("G-2", "example.com/text", import("example.com/text", R"("Lower")"));
  add("G-3", shop, import("example.com/my.shop/gen", R"("Stamp")"));
  info_.main_module->version = "(devel)";
  const auto matches = match();
  EXPECT_THAT(matches.findings, IsEmpty());
  ASSERT_EQ(matches.unchecked.size(), 2U);
  EXPECT_EQ(matches.unchecked[0].name, "example.com/text");
  EXPECT_EQ(matches.unchecked[0].why, "replaced by the folder \"../text\"");
  EXPECT_THAT(matches.unchecked[0].candidates, ElementsAre("G-1"));
  EXPECT_EQ(matches.unchecked[1].why, "built from a folder, without a version");
}

TEST_F(GoMatcher, Hostile91_AProgramWhoseFunctionsCannotBeReadCountsAsIfAllWereThere) {
  add("G-1", shop, import("example.com/my.shop/gen", R"("Missing")"));
  add("G-2", shop, "");
  auto bytes = *stripped;
  const auto* table = elf_.section(".gopclntab");
  ASSERT_NE(table, nullptr);
  for (const std::size_t at : {0U, 4U, 8U, 9U, 32U, 40U}) {  // magic, zeros, counts, offsets
    auto broken = bytes;
    broken[static_cast<std::size_t>(table->offset) + at] = '\x7e';
    file_ = std::make_unique<binaries::MemoryAccess>(broken);
    for (const auto& line : findings())
      EXPECT_THAT(line, testing::AnyOf("G-1 unknown ", "G-2 unknown ", "G-1 not-linked ", "G-2 linked "))
          << at;
  }
  bytes[static_cast<std::size_t>(table->offset)] = '\x7e';
  file_ = std::make_unique<binaries::MemoryAccess>(bytes);
  EXPECT_THAT(findings(), ElementsAre("G-1 unknown ", "G-2 unknown "));
}

TEST(LinkedSymbols, AProgramWithoutAFunctionTableIsNotKnown) {
  const binaries::MemoryAccess file(test::SmallProgram().bytes());
  const auto elf = binaries::read_elf(file);
  EXPECT_FALSE(LinkedSymbols::read(file, elf, *binaries::read_build_info(file, elf), {}));
}

}  // namespace
}  // namespace whittle::vulnerabilities
