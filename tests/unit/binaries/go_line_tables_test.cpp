// The line tables of programs that the Go of this machine makes, and what is left when they are gone.
#include "binaries/go_line_tables.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "binaries/build_info.hpp"
#include "binaries/go_counter_table.hpp"
#include "binaries/go_function_records.hpp"
#include "binaries/go_positions.hpp"
#include "common/error.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/go_program.hpp"

namespace whittle::binaries {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A program, and the same with all of its line tables zero.
struct Pair {
  explicit Pair(std::string bytes) : linked(bytes), elf(read_elf(linked)) {
    version = read_build_info(linked, elf)->go_version;
    std::uint64_t end = 0;
    GoLineTables::find(linked, elf, version).for_each_stretch([&](const FileStretch& stretch) {
      EXPECT_GT(stretch.size, 0U);
      EXPECT_TRUE(end == 0 || stretch.offset > end);
      end = stretch.offset + stretch.size;
      cleared += stretch.size;
      ASSERT_LE(end, bytes.size());
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(stretch.offset), stretch.size, '\0');
    });
    split = std::make_unique<MemoryAccess>(std::move(bytes));
  }
  MemoryAccess linked;
  Elf elf;
  std::string version;
  std::uint64_t cleared = 0;
  std::unique_ptr<MemoryAccess> split;
};

std::vector<std::pair<std::int32_t, std::uint64_t>> values_of(const RandomAccess& file,
                                                              const GoFunctions& functions,
                                                              std::uint32_t table) {
  std::vector<std::pair<std::int32_t, std::uint64_t>> values;
  if (table == 0) return values;
  BlockReader reader(file);
  const auto begin = functions.table_offset();
  GoCounterTable rows(reader, begin + functions.layout().program_counters + table,
                      begin + functions.layout().records, 1);
  while (rows.next()) values.emplace_back(rows.value(), rows.until());
  return values;
}

class GoLineTablesOfBinaries : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
  }
};

TEST_F(GoLineTablesOfBinaries, WhatTheRuntimeNeedsStaysAsItIs) {
  const test::GoProgram program;
  for (const std::string mode : {"exe", "pie"}) {
    const Pair pair(program.build({"-buildmode=" + mode}));
    const auto before = GoFunctions::read(pair.linked, pair.elf);
    const auto after = GoFunctions::read(*pair.split, read_elf(*pair.split));
    ASSERT_TRUE(before && after);
    ASSERT_EQ(before->count(), after->count());
    EXPECT_GT(pair.cleared, before->table_size() / 10);
    GoFunctionRecords old_records(pair.linked, pair.elf, *before);
    GoFunctionRecords new_records(*pair.split, pair.elf, *after);
    GoFunctions::Names old_names(*before);
    GoFunctions::Names new_names(*after);
    for (std::size_t i = 0; i < before->count(); ++i) {
      const auto* old_record = old_records.read(i);
      const auto* new_record = new_records.read(i);
      ASSERT_TRUE(old_record != nullptr && new_record != nullptr);
      EXPECT_EQ(old_names[i], new_names[i]);
      EXPECT_EQ(new_record->files, 0U);
      EXPECT_EQ(new_record->lines, 0U);
      EXPECT_EQ(old_record->data, new_record->data);
      ASSERT_EQ(old_record->values, new_record->values);
      ASSERT_EQ(old_record->stack, new_record->stack);
      ASSERT_EQ(values_of(pair.linked, *before, old_record->stack),
                values_of(*pair.split, *after, old_record->stack));
      for (const auto table : old_record->values)
        ASSERT_EQ(values_of(pair.linked, *before, table), values_of(*pair.split, *after, table));
    }
  }
}

TEST_F(GoLineTablesOfBinaries, AFunctionBeginsInItsFileAndNowhereWhenTheTablesAreGone) {
  const test::GoProgram program;
  const Pair pair(program.build());
  const auto functions = GoFunctions::read(pair.linked, pair.elf);
  GoFunctions::Names names(*functions);
  GoPositions before(pair.linked, pair.elf, *functions);
  GoPositions after(*pair.split, pair.elf, *functions);
  std::size_t found = 0;
  for (std::size_t i = 0; i < functions->count(); ++i) {
    if (names[i] != "main.main") continue;
    ++found;
    EXPECT_THAT(before.at(i, 0).back().file, EndsWith("main.go"));
    EXPECT_GT(before.at(i, 0).back().line, 0);
    EXPECT_EQ(after.at(i, 0).back().file, "?");
  }
  EXPECT_EQ(found, 1U);
}

TEST_F(GoLineTablesOfBinaries, AVersionWhoseFormIsNotKnownIsRefused) {
  const test::GoProgram program;
  const MemoryAccess file(program.build());
  const Elf elf = read_elf(file);
  for (const auto* version :
       {"go1.17.13", "go1.28.0", "devel go1.26-abcdef", "", "go2.0", "go1.x", "go1.1234567890123"})
    EXPECT_THAT(test::failure([&] { GoLineTables::find(file, elf, version); }), HasSubstr("unsupported"))
        << version;
  EXPECT_THAT(test::failure([&] { GoLineTables::find(file, elf, "go1.19"); }),
              HasSubstr("no function table of the form"));
}

// Each function's record moved out of the table, or onto the next one's.
TEST_F(GoLineTablesOfBinaries, ATableThatLiesIsRefused) {
  const test::GoProgram program;
  const auto bytes = program.build();
  const MemoryAccess file(bytes);
  const Elf elf = read_elf(file);
  const auto version = read_build_info(file, elf)->go_version;
  const auto functions = GoFunctions::read(file, elf);
  const auto index = functions->table_offset() + functions->layout().records;
  GoFunctionRecords records(file, elf, *functions);
  const auto record = records.read(10)->offset;
  const auto with = [&](std::uint64_t offset, std::uint32_t value) {
    auto changed = bytes;
    for (std::size_t i = 0; i < 4; ++i) changed[offset + i] = static_cast<char>(value >> (8 * i));
    return MemoryAccess(std::move(changed));
  };
  const auto refused = [&](const MemoryAccess& lie) {
    return test::failure([&] { GoLineTables::find(lie, elf, version); });
  };
  EXPECT_THAT(refused(with(record + 16, 0xffffff00)), HasSubstr("lies outside"));
  EXPECT_THAT(refused(with(record + 20, 0x7fffffff)), HasSubstr("lies outside"));
  EXPECT_THAT(refused(with(record + 28, 0x7fffffff)), HasSubstr("lies outside"));
  EXPECT_THAT(refused(with(index + 10 * 8 + 4, static_cast<std::uint32_t>(records.read(11)->offset - index))),
              HasSubstr("overlap"));
}

}  // namespace
}  // namespace whittle::binaries
