#include "optimizer/symbolize.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <memory>

#include "common/file.hpp"
#include "tests/support/go_program.hpp"

namespace whittle::optimizer {
namespace {

using ::testing::MatchesRegex;

// Gives as many bytes as asked for, all alike.
class Endless final : public ByteSource {
 public:
  explicit Endless(std::uint64_t size) : left_(size) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    std::fill_n(buffer.begin(), count, std::byte{'x'});
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t left_;
};

class Symbolize : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
    const auto file = folder_.path() / "program";
    write_file(file, test::GoProgram().build(), AtomicFile::Durability::content);
    program_ = std::make_unique<RestoredProgram>(file);
  }
  std::string run(std::string trace) {
    TextSource in(std::move(trace));
    TextSink out(1U << 22U, "the trace");
    result_ = symbolize(in, out, *program_);
    return out.take();
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  std::unique_ptr<RestoredProgram> program_;
  Symbolized result_;
};

TEST_F(Symbolize, AFrameHasItsPlace) {
  EXPECT_THAT(run("goroutine 1 [running]:\nmain.main()\n\t?:0\n"),
              MatchesRegex("goroutine 1 \\[running\\]:\nmain.main\\(\\)\n\t.*main.go:[0-9]+\n"));
  EXPECT_EQ(result_.frames, 1U);
  EXPECT_EQ(result_.unknown, 0U);
}

TEST_F(Symbolize, LinesOfOthersMayComeBetweenAndEachMayHaveAPrefix) {
  EXPECT_THAT(
      run("api | main.main()\napi | 12:00 served\napi | \t?:0 +0x1\nbye"),
      MatchesRegex("api \\| main.main\\(\\)\napi \\| 12:00 served\napi \\| \t.*main.go:[0-9]+ \\+0x1\nbye"));
}

TEST_F(Symbolize, WhatIsNotOfTheProgramStaysAndIsCounted) {
  const std::string trace =
      "main.missing()\n\t?:0 +0x1\n"
      "main.main()\n\t?:0 +0xffffff\n"
      "\t?:0 +0x1\n"
      "main.inlined(...)\n\t?:0\n\n";
  EXPECT_EQ(run(trace), trace);
  EXPECT_EQ(result_.frames, 0U);
  EXPECT_EQ(result_.unknown, 4U);
}

TEST_F(Symbolize, WhateverElseThereIsPassesThrough) {
  std::string garbage;
  for (int i = 0; i < 100'000; ++i) garbage += static_cast<char>(i * 7919 >> 3);
  for (const auto& text :
       {std::string(), std::string("\n"), std::string("no end"), garbage,
        std::string(300'000, '(') + "\nmain.main()\n", std::string("main.main(...)\n") + garbage}) {
    EXPECT_EQ(run(text), text);
  }
}

TEST_F(Symbolize, FramesThatNeverEndAreNotKept) {
  std::string trace;
  for (int i = 0; i < 20'000; ++i) trace += "main.inlined(...)\n\t?:0\n";
  EXPECT_EQ(run(trace), trace);
  EXPECT_EQ(result_.unknown, 20'000U);
}

TEST_F(Symbolize, ALineMayBeOfAnyLength) {
  Endless in(1ULL << 30U);
  CountingSink out;
  symbolize(in, out, *program_);
  EXPECT_EQ(out.count(), 1ULL << 30U);
}

}  // namespace
}  // namespace whittle::optimizer
