#include "comparison/left_overs.hpp"

#include <fmt/format.h>

#include <tuple>

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

LeftOver left_over(std::string path) {
  LeftOver left;
  left.layer = 3;
  auto& entry = left.entry;
  entry.path = std::move(path);
  entry.target = "target";
  entry.type = '2';
  entry.mode = 07755;
  entry.uid = 4'000'000'000;
  entry.gid = 2;
  entry.written = "./written\n";
  entry.size = 1ULL << 40U;
  entry.offset = 512;
  entry.mtime = -5;
  entry.mtime_nanoseconds = 999'999'999;
  entry.owner = "owner";
  entry.group = "group";
  entry.device_major = 8;
  entry.device_minor = 9;
  entry.xattrs = {{"user.x", std::string("\0\xff", 2)}, {"user.y", ""}};
  entry.records = {{"VENDOR.k", "v"}};
  entry.format = layers::TarFormat::pax;
  entry.number = 77;
  entry.sparse = true;
  left.digest = Digest::of("content");
  left.content = {nullptr, 10, 20};
  return left;
}

void expect_same(const LeftOver& a, const LeftOver& b) {
  const auto fields = [](const LeftOver& left) {
    const auto& entry = left.entry;
    return std::tuple(left.layer, left.digest, left.content.in, left.content.offset, left.content.size,
                      entry.path, entry.target, entry.type, entry.mode, entry.uid, entry.gid, entry.written,
                      entry.size, entry.offset, entry.mtime, entry.mtime_nanoseconds, entry.owner,
                      entry.group, entry.device_major, entry.device_minor, entry.xattrs, entry.records,
                      entry.format, entry.number, entry.sparse);
  };
  EXPECT_TRUE(fields(a) == fields(b)) << a.entry.path;
}

TEST(LeftOvers, GiveBackEveryField) {
  const Scratch contents(std::filesystem::temp_directory_path());
  LeftOvers waiting(std::filesystem::temp_directory_path());
  auto plain = LeftOver{};
  plain.entry.path = "plain";
  auto full = left_over("full");
  full.content.in = &contents;
  waiting.put(full, "layer 1");
  waiting.put(plain, "layer 1");
  expect_same(waiting.take("full").value(), full);
  expect_same(waiting.take("plain").value(), plain);
  EXPECT_FALSE(waiting.take("full"));
  EXPECT_TRUE(waiting.empty());
}

TEST(LeftOvers, ThousandsStayInTheirOrder) {
  LeftOvers waiting(std::filesystem::temp_directory_path());
  constexpr int count = 5'000;
  for (int i = 0; i < count; ++i) EXPECT_FALSE(waiting.put(left_over(fmt::format("{}", i)), "layer 1"));
  for (int i = 0; i < count; i += 2)
    expect_same(waiting.take(fmt::format("{}", i)).value(), left_over(fmt::format("{}", i)));
  int next = 1;
  waiting.drain([&](const LeftOver& left) {
    EXPECT_EQ(left.entry.path, fmt::format("{}", next));
    next += 2;
  });
  EXPECT_EQ(next, count + 1);
}

TEST(LeftOvers, TheLaterOfOnePathCounts) {
  LeftOvers waiting(std::filesystem::temp_directory_path());
  auto later = left_over("a");
  later.layer = 4;
  waiting.put(left_over("a"), "layer 1");
  expect_same(waiting.put(later, "layer 1").value(), left_over("a"));
  EXPECT_EQ(waiting.take("a")->layer, 4U);
  EXPECT_TRUE(waiting.empty());
}

TEST(LeftOvers, AreLimited) {
  LeftOvers waiting(std::filesystem::temp_directory_path());
  LeftOver entry;
  for (std::uint64_t i = 0; i < LeftOvers::most; ++i) {
    entry.entry.path = std::to_string(i);
    waiting.put(entry, "layer 1");
  }
  entry.entry.path = "one more";
  try {
    waiting.put(entry, "layer 1");
    FAIL() << "no limit";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::limit);
    EXPECT_THAT(error.message(), testing::HasSubstr("1000000 entries of layer 1"));
  }
}

// Both layers differ, so trees are kept; of these there are too many.
TEST(TreeDifference, GivesUpTreesBeyondItsMemory) {
  std::vector<test::TarFile> many;
  for (int i = 0; i < 60'000; ++i) many.push_back({"d/" + std::to_string(i)});
  auto more = many;
  more.push_back({"alone"});
  const auto difference = test::difference_of({{test::tar_of(many), test::tar_of({{"x", "1"}})}},
                                              {{test::tar_of(more), test::tar_of({{"x", "2"}})}});
  EXPECT_EQ(difference.findings.count("tree-not-compared"), 1U);
  EXPECT_THAT(test::lines_of(difference.findings),
              testing::Contains("linux/amd64 > alone entry: - -> file of 0 bytes"));
}

}  // namespace
}  // namespace whittle::comparison
