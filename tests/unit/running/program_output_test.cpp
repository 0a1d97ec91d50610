#include "running/program_output.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

namespace whittle::running {
namespace {

using namespace std::chrono_literals;

class ProgramOutputTest : public testing::Test {
 protected:
  ProgramOutputTest() {
    for (auto* pipe : {&out_, &err_}) {
      std::array<int, 2> ends{};
      EXPECT_EQ(::pipe(ends.data()), 0);
      *pipe = {Fd(ends[0]), Fd(ends[1])};
    }
  }
  static void write(const Fd& fd, std::string_view text) {
    while (!text.empty()) {
      const auto count = ::write(fd.get(), text.data(), text.size());
      ASSERT_GT(count, 0);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void close() {
    out_.second = Fd();
    err_.second = Fd();
  }
  std::pair<Fd, Fd> out_, err_;
};

constexpr std::string_view collection_line =
    "gc 1 @0.012s 2%: 0.015+0.42+0.003 ms clock, 0.12+0.35/0.41/0.50+0.024 ms cpu, 4->4->1 MB, 5 MB goal, 0 "
    "MB stacks, 0 "
    "MB globals, 8 P\n";

TEST_F(ProgramOutputTest, TakesCollectionsOut) {
  ProgramOutput output(std::move(out_.first), std::move(err_.first));
  write(err_.second, "starting\n");
  write(err_.second, collection_line.substr(0, 20));
  write(err_.second, collection_line.substr(20));
  write(err_.second, "no newline at the end");
  write(out_.second, collection_line);  // on stdout it is a line like any other
  close();
  output.finish(10s);
  EXPECT_EQ(output.errors_tail(), "starting\nno newline at the end");
  EXPECT_EQ(output.output_tail(), collection_line);
  EXPECT_EQ(output.collections().count(), 1U);
}

TEST_F(ProgramOutputTest, Hostile266_EndlessOutputIsReadAndItsEndKept) {
  ProgramOutput output(std::move(out_.first), std::move(err_.first));
  const std::string line = std::string(100'000, 'x') + "\n";
  for (int i = 0; i < 200; ++i) write(out_.second, line);
  write(out_.second, "the end\n");
  close();
  output.finish(10s);
  EXPECT_EQ(output.bytes(), 200 * line.size() + 8);
  EXPECT_LE(output.output_tail().size(), ProgramOutput::tail_size);
  EXPECT_THAT(output.output_tail(), testing::EndsWith("the end\n"));
}

TEST_F(ProgramOutputTest, DoesNotWaitForAPipeThatStaysOpen) {
  ProgramOutput output(std::move(out_.first), std::move(err_.first));
  output.finish(1ms);
  EXPECT_EQ(output.bytes(), 0U);
}

}  // namespace
}  // namespace whittle::running
