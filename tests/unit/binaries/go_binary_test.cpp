// What is read of binaries that the Go of this machine makes: the function table, files, build IDs, debug
// information.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "binaries/dwarf_units.hpp"
#include "binaries/elf_notes.hpp"
#include "binaries/embedded_paths.hpp"
#include "binaries/go_functions.hpp"
#include "common/error.hpp"
#include "tests/support/go_program.hpp"

namespace whittle::binaries {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GoBinary : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
  }
  static std::map<std::string, GoFunction> functions_of(const GoFunctions& table) {
    std::map<std::string, GoFunction> functions;
    GoFunctions::Names names(table);
    for (std::size_t i = 0; i < table.count(); ++i) functions.emplace(names[i], table[i]);
    return functions;
  }
};

TEST_F(GoBinary, StrippedItStillNamesItsFunctions) {
  const test::GoProgram program;
  const MemoryAccess file(program.build());
  const Elf elf = read_elf(file);
  const auto table = GoFunctions::read(file, elf);
  ASSERT_TRUE(table);
  const auto functions = functions_of(*table);
  EXPECT_GT(functions.size(), 1000U);
  for (const auto* name :
       {"main.main", "main.(*cart).Add", "main.(*cart).Add.func1", "example.com/my.shop/v%2e2.Do",
        "example.com/my.shop/gen.Map[go.shape.int]", "example.com/my.shop/gen.(*Stack[go.shape.int]).Push",
        "example.com/text.Upper", "runtime.main"})
    EXPECT_TRUE(functions.contains(name)) << name;
  std::set<std::string> files;
  table->for_each_file([&](std::string_view name) { files.emplace(name); });
  EXPECT_THAT(files, Contains("example.com/my.shop/gen/gen.go"));
  EXPECT_THAT(files, Contains("runtime/proc.go"));
  EXPECT_THAT(embedded_roots(*table), IsEmpty());
  EXPECT_FALSE(build_ids(file, elf).go);
  EXPECT_FALSE(read_debug_info(file, elf).present);
}

// The symbol table is another witness: every function has the same name and address in both.
TEST_F(GoBinary, TheFunctionTableAgreesWithTheSymbolTable) {
  const test::GoProgram program;
  for (const std::string mode : {"exe", "pie"}) {
    const MemoryAccess file(program.build_plain({"-buildmode=" + mode, "-buildvcs=false"}));
    const Elf elf = read_elf(file);
    const auto table = GoFunctions::read(file, elf);
    ASSERT_TRUE(table) << mode;
    GoFunctions::Names names(*table);
    const auto* symbols = elf.section(".symtab");
    const auto* strings = elf.section(".strtab");
    ASSERT_TRUE(symbols != nullptr && strings != nullptr);
    BlockReader entries(file);
    BlockReader texts(file);
    std::size_t compared = 0;
    for (std::uint64_t at = 0; at < symbols->size; at += 24) {
      const auto entry = entries.at(symbols->offset + at, 24);
      const auto field = [&](std::size_t offset, std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t i = width; i-- > 0;)
          value = value << 8U | static_cast<unsigned char>(entry[offset + i]);
        return value;
      };
      if ((field(4, 1) & 0xfU) != 2) continue;  // no function
      const auto name = std::string(texts.text_at(strings->offset + field(0, 4), 4096));
      if (name != "main.main" && !name.starts_with("example.com/text.") && !name.starts_with("strings."))
        continue;
      const auto found = table->find(field(8, 8));
      ASSERT_TRUE(found) << mode << name;
      EXPECT_EQ(names[*found], name) << mode;
      EXPECT_EQ((*table)[*found].entry, field(8, 8));
      EXPECT_GE((*table)[*found].size(), field(16, 8));
      ++compared;
    }
    EXPECT_GT(compared, 5U);
  }
}

TEST_F(GoBinary, PlainItGivesAwayFoldersIdsAndCompilers) {
  const test::GoProgram program;
  const MemoryAccess file(program.build_plain({"-buildvcs=false"}));
  const Elf elf = read_elf(file);
  const auto table = GoFunctions::read(file, elf);
  ASSERT_TRUE(table);
  const auto roots = embedded_roots(*table);
  ASSERT_THAT(roots, SizeIs(2));
  EXPECT_EQ(roots[0].kind, EmbeddedRoot::Kind::toolchain);
  EXPECT_EQ(roots[1].kind, EmbeddedRoot::Kind::sources);
  EXPECT_EQ(roots[1].path, program.folder().parent_path());
  EXPECT_GE(roots[1].files, 4U);
  EXPECT_TRUE(find_texts(file, {program.folder().string()})[0]);
  EXPECT_FALSE(find_texts(file, {program.folder().string() + "/no/such"})[0]);
  const auto ids = build_ids(file, elf);
  ASSERT_TRUE(ids.go && ids.gnu);
  EXPECT_EQ(std::count(ids.go->begin(), ids.go->end(), '/'), 3);
  EXPECT_THAT(*ids.gnu, SizeIs(40));
  const auto info = read_debug_info(file, elf);
  EXPECT_TRUE(info.present && info.compressed && info.complete);
  EXPECT_GT(info.units, 20U);
  ASSERT_FALSE(info.producers.empty());
  EXPECT_THAT(*info.producers.begin(), HasSubstr("go1."));
  EXPECT_THAT(info.folders, Contains("."));
}

TEST_F(GoBinary, OtherMachinesAreReadAlike) {
  const test::GoProgram program;
  for (const std::string machine : {"arm64", "s390x"}) {
    const MemoryAccess file(program.build({}, {"GOARCH=" + machine}));
    const auto table = GoFunctions::read(file, read_elf(file));
    ASSERT_TRUE(table) << machine;
    EXPECT_TRUE(functions_of(*table).contains("main.main")) << machine;
  }
}

// A sound binary of which single words lie: each part is read or refused, nothing else is.
TEST_F(GoBinary, Hostile091_TablesThatLieAreUnknown) {
  const test::GoProgram program;
  const std::string whole = program.build();
  const Elf elf = read_elf(MemoryAccess(whole));
  const auto* table = elf.section(".gopclntab");
  ASSERT_TRUE(table != nullptr);
  for (std::size_t word = 8; word < 72; word += 8)
    for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{1}, table->size - 1, table->size,
                                    std::uint64_t{1} << 32U, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
      auto bytes = whole;
      for (std::size_t i = 0; i < 8; ++i)
        bytes[table->offset + word + i] = static_cast<char>(lie >> (8 * i) & 0xffU);
      const MemoryAccess file(std::move(bytes));
      try {
        const auto functions = GoFunctions::read(file, elf);
        if (functions) {
          functions_of(*functions);
          embedded_roots(*functions);
        }
      } catch (const Error& error) {
        EXPECT_TRUE(error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::limit)
            << error.message();
      }
    }
}

}  // namespace
}  // namespace whittle::binaries
