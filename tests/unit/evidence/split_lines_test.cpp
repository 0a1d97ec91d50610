#include "evidence/split_lines.hpp"

#include <gmock/gmock.h>

#include "common/file.hpp"
#include "layers/compression.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/go_program.hpp"

namespace whittle::evidence {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t largest = 64U << 20U;

class SplitLines : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::GoProgram::available()) GTEST_SKIP() << "there is no Go here";
    linked_ = test::GoProgram().build();
    write("linked", linked_);
    result_.emplace(split_lines(folder_.path() / "linked", folder_.path() / "split"));
  }
  void write(const std::string& name, std::string_view bytes) const {
    write_file(folder_.path() / name, bytes, AtomicFile::Durability::content);
  }
  std::string read(const std::string& name) const { return read_file(folder_.path() / name, largest); }
  void restore(const std::string& lines) const {
    restore_lines(std::make_unique<TextSource>(lines), folder_.path() / "split");
  }
  static std::string text_of(const std::string& lines) {
    return read_all(*layers::decompress(std::make_unique<TextSource>(lines), "lines"), largest, "lines");
  }
  static std::string packed(const std::string& text) {
    TextSink out(largest, "lines");
    const auto compressor = layers::make_compressor({layers::Compression::Format::zstd, {}}, 1, out);
    compressor->write(as_bytes(text));
    compressor->finish();
    return out.take();
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  std::string linked_;
  std::optional<SplitProgram> result_;
};

TEST_F(SplitLines, PutBackGiveTheProgramAsItWasLinked) {
  EXPECT_EQ(result_->linked, Digest::of(linked_));
  const auto split = read("split");
  EXPECT_EQ(result_->program, Digest::of(split));
  EXPECT_EQ(split.size(), linked_.size());
  EXPECT_NE(split, linked_);
  restore(result_->lines);
  EXPECT_EQ(read("split"), linked_);
}

TEST_F(SplitLines, AreTheSameBytesEachTime) {
  const auto again = split_lines(folder_.path() / "linked", folder_.path() / "again");
  EXPECT_EQ(again.lines, result_->lines);
  EXPECT_EQ(read("again"), read("split"));
}

TEST_F(SplitLines, TakenFromAProgramWithoutThemAreNothingMore) {
  const auto twice = split_lines(folder_.path() / "split", folder_.path() / "twice");
  EXPECT_EQ(twice.program, result_->program);
}

TEST_F(SplitLines, AreRefusedForAnotherProgram) {
  auto other = read("split");
  other.back() = static_cast<char>(other.back() + 1);
  write("split", other);
  EXPECT_THAT(test::failure([&] { restore(result_->lines); }), HasSubstr("made for another program"));
}

TEST_F(SplitLines, ThatAreBrokenAreRefused) {
  const auto text = text_of(result_->lines);
  const auto header = text.substr(0, text.find('\n') + 1);
  const auto refused = [&](const std::string& changed) {
    split_lines(folder_.path() / "linked", folder_.path() / "fresh");
    std::filesystem::rename(folder_.path() / "fresh", folder_.path() / "split");
    return test::failure([&] { restore(packed(changed)); });
  };
  EXPECT_EQ(refused(text), "no error");
  EXPECT_THAT(refused(text.substr(0, text.size() - 1)), HasSubstr("it is cut"));
  EXPECT_THAT(refused(header), HasSubstr("not as it was linked"));
  EXPECT_THAT(refused(header + "\x01"), HasSubstr("it is cut"));
  EXPECT_THAT(refused(header + std::string(10, '\xff')), HasSubstr("a number is too large"));
  EXPECT_THAT(refused(header + "\xff\xff\xff\xff\xff\x7f\x01"), HasSubstr("beyond the program"));
  EXPECT_THAT(refused(std::string(5'000, ' ')), HasSubstr("first line is too long"));
  EXPECT_THAT(refused("{}\n"), HasSubstr("does not say `program`"));
  EXPECT_THAT(refused("[]\n"), HasSubstr("does not say `program`"));
  EXPECT_THAT(refused("{\"program\":\"x\"}\n"), HasSubstr("no digest"));
  EXPECT_THAT(refused("nothing\n"), StartsWith("integrity"));
  auto flipped = text;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_THAT(refused(flipped), HasSubstr("not as it was linked"));
}

TEST_F(SplitLines, OfWhatIsNoGoProgramThereAreNone) {
  write("text", "no program");
  EXPECT_THAT(test::failure([&] { split_lines(folder_.path() / "text", folder_.path() / "none"); }),
              StartsWith("integrity"));
}

}  // namespace
}  // namespace whittle::evidence
