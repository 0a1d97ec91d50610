#include "registry/tee.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Tee;
using namespace std::chrono_literals;

std::string large_text() {
  std::string text;
  for (int i = 0; text.size() < 5'000'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

class TeeTest : public testing::Test {
 protected:
  OpenSource open() {
    return [this]() -> std::unique_ptr<ByteSource> {
      ++opened_;
      if (broken_at_ > 0) return std::make_unique<Broken>(text_.substr(0, broken_at_));
      return std::make_unique<TextSource>(text_);
    };
  }
  // Gives some bytes, then fails.
  class Broken final : public ByteSource {
   public:
    explicit Broken(std::string text) : inner_(std::move(text)) {}
    std::size_t read(MutableBytes buffer) override {
      const auto count = inner_.read(buffer);
      if (count == 0) throw Error(ErrorKind::network, "cut off");
      return count;
    }

   private:
    TextSource inner_;
  };
  static std::string all(ByteSource& source) { return read_all(source, 1U << 24U, "x"); }

  std::string text_ = large_text();
  std::size_t broken_at_ = 0;
  std::atomic<int> opened_ = 0;
};

TEST_F(TeeTest, GivesAllReadersTheSameBytesAndReadsThemOnce) {
  Tee tee(open(), 5);
  std::vector<std::string> got(5);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < got.size(); ++i) threads.emplace_back([&, i] { got[i] = all(*tee.open(i)); });
  }
  EXPECT_THAT(got, testing::Each(text_));
  EXPECT_EQ(opened_, 1);
}

TEST_F(TeeTest, WhoLeavesHoldsNobodyUp) {
  Tee tee(open(), 3);
  tee.leave(1);
  auto early = tee.open(2);
  std::array<std::byte, 10> some{};
  early->read(some);
  early.reset();
  EXPECT_EQ(all(*tee.open(0)), text_);
  EXPECT_EQ(opened_, 1);
}

TEST_F(TeeTest, ASecondTryReadsTheSourceAnew) {
  Tee tee(open(), 2);
  std::jthread other([&] { EXPECT_EQ(all(*tee.open(1)), text_); });
  std::array<std::byte, 10> some{};
  tee.open(0)->read(some);
  EXPECT_EQ(all(*tee.open(0)), text_);
  other.join();
  EXPECT_EQ(opened_, 2);
}

// Neither one that never begins nor one that stops in the middle: it reads on by itself, from where it was.
TEST_F(TeeTest, WhoDoesNotMoveIsLeftBehind) {
  Tee tee(open(), 3, {.chunks = 2, .patience = 50ms});
  auto slow = tee.open(1);
  std::string got(300'000, ' ');
  std::size_t have = 0;
  const auto bytes = std::as_writable_bytes(std::span(got));
  while (have < 200'000)
    have += slow->read(bytes.subspan(have, std::min<std::size_t>(7'000, 200'000 - have)));
  EXPECT_EQ(all(*tee.open(0)), text_);
  EXPECT_EQ(got.substr(0, have) + all(*slow), text_);
  EXPECT_EQ(all(*tee.open(2)), text_);
  EXPECT_EQ(opened_, 3);
}

TEST_F(TeeTest, AFailureReachesAll) {
  broken_at_ = 1'000'000;
  Tee tee(open(), 3);
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 3; ++i)
      threads.emplace_back([&, i] {
        expect_error(ErrorKind::network, "cut off", [&] { all(*tee.open(i)); });
        ++failures;
        tee.leave(i);
      });
  }
  EXPECT_EQ(failures, 3);
}

}  // namespace
}  // namespace whittle::test
