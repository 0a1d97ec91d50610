#include "running/heap_profile.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(0x80U | (value & 0x7fU));
  return bytes + static_cast<char>(value);
}
std::string number(unsigned field, std::uint64_t value) {
  return varint(field << 3U) + varint(value);
}
std::string text(unsigned field, const std::string& bytes) {
  return varint(field << 3U | 2U) + varint(bytes.size()) + bytes;
}

// A heap profile of stacks with one function at each location, the innermost first.
class Profile {
 public:
  Profile() { types({"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"}); }
  explicit Profile(const std::vector<std::string>& kinds) { types(kinds); }
  Profile& add(const std::vector<std::string>& stack, std::uint64_t in_use) {
    std::string sample;
    for (const auto& name : stack) {
      ++last_;
      tables_ += text(5, number(1, last_) + number(2, string(name)));
      tables_ += text(4, number(1, last_) + text(4, number(1, last_)));
      sample += number(1, last_);
    }
    samples_ += text(2, sample + text(2, varint(1) + varint(in_use * 2) + varint(1) + varint(in_use)));
    return *this;
  }
  HeapProfile read() const {
    std::string strings;
    for (const auto& one : strings_) strings += text(6, one);
    return read_heap_profile(std::make_unique<TextSource>(head_ + samples_ + tables_ + strings), "a profile");
  }

 private:
  void types(const std::vector<std::string>& kinds) {
    for (const auto& kind : kinds) head_ += text(1, number(1, string(kind)));
  }
  std::uint64_t string(const std::string& value) {
    strings_.push_back(value);
    return strings_.size() - 1;
  }
  std::vector<std::string> strings_ = {""};
  std::string head_, samples_, tables_;
  std::uint64_t last_ = 0;
};

TEST(HeapProfile, CountsForTheFunctionThatAsked) {
  const auto profile = Profile()
                           .add({"runtime.mallocgc", "bytes.Repeat", "main.fill", "main.main"}, 100)
                           .add({"example.com/x/y.(*T).grow", "main.main"}, 50)
                           .add({"net/http.(*conn).serve", "runtime.goexit"}, 7)
                           .add({"main.fill"}, 1)
                           .add({"main.none"}, 0)
                           .read();
  EXPECT_THAT(profile.in_use, ElementsAre(Pair("example.com/x/y.(*T).grow", 50), Pair("main.fill", 101),
                                          Pair("net/http.(*conn).serve", 7)));
  EXPECT_EQ(profile.total, 158U);
}

TEST(HeapProfile, ShowsWhatGrew) {
  const auto before = Profile().add({"main.a"}, 10).add({"main.b"}, 10).read();
  const auto after = Profile().add({"main.a"}, 15).add({"main.b"}, 5).add({"main.c"}, 30).read();
  const auto grown = growth_between(before, after, 10);
  ASSERT_EQ(grown.size(), 2U);
  EXPECT_EQ(grown[0].function, "main.c");
  EXPECT_EQ(grown[0].change(), 30);
  EXPECT_EQ(grown[1].function, "main.a");
  EXPECT_EQ(grown[1].before, 10U);
  EXPECT_EQ(growth_between(before, after, 1).size(), 1U);
}

TEST(HeapProfile, RefusesOtherProfiles) {
  EXPECT_THAT(test::failure([] {
                Profile({"samples", "cpu"}).add({"main.a"}, 1).read();
              }),
              HasSubstr("a profile is no profile of a heap: it counts \"samples\""));
  EXPECT_THAT(test::failure([] { read_heap_profile(std::make_unique<TextSource>("<html>"), "a profile"); }),
              HasSubstr("integrity"));
}

TEST(HeapProfile, ReadsTheNumberOfGoroutines) {
  EXPECT_EQ(goroutines_in("goroutine profile: total 805\n801 @ 0x47"), 805U);
  EXPECT_EQ(goroutines_in("404 page not found"), std::nullopt);
  EXPECT_EQ(goroutines_in("goroutine profile: total many"), std::nullopt);
}

}  // namespace
}  // namespace whittle::running
