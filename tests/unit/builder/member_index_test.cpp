#include "builder/member_index.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/file.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using layers::Compression;

const Compression gzip{Compression::Format::gzip, Compression::Level::fast};
const Compression zstd{Compression::Format::zstd, Compression::Level::fast};

// Bytes without a pattern that repeats within a member; the same for the same seed.
std::string noise(std::size_t size, unsigned seed) {
  std::string text;
  std::uint64_t state = 88172645463325252ULL + seed;
  while (text.size() < size) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    text += std::to_string(state % 100'000);
  }
  text.resize(size);
  return text;
}

layers::FileTree tree_of(const std::string& content) {
  layers::FileEntry entry;
  entry.size = content.size();
  entry.content = Digest::of(content);
  entry.open = [content] { return std::make_unique<TextSource>(content); };
  layers::FileTree tree;
  tree.add("api", std::move(entry));
  return tree;
}

class Counting final : public layers::MemberMemory {
 public:
  explicit Counting(MemberIndex& index) : index_(index) {}
  std::optional<Recalled> recall(const Digest& input, MutableBytes out) override {
    auto recalled = index_.recall(input, out);
    count += recalled ? 1 : 0;
    return recalled;
  }
  std::atomic<int> count = 0;

 private:
  MemberIndex& index_;
};

class MemberIndexTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(blobs); }

  void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
  }
  std::string read(const fs::path& path) { return read_file(path, 1U << 30U); }

  struct Built {
    layers::Layer layer;
    int recalled;
  };
  // As a build does it: asks the index, stores the layer, tells the index, saves it.
  Built build(const std::string& content, const Compression& compression = gzip, unsigned threads = 2) {
    MemberIndex index(saved, blobs);
    Counting memory(index);
    TextSink out(1U << 30U, "layer");
    auto layer = layers::write_layer(tree_of(content), {compression, 0, threads, &memory}, out, {});
    write(blob_of(layer), out.text());
    index.learn(layer.descriptor.digest, layer.members);
    index.save();
    return {std::move(layer), memory.count};
  }
  Digest plain_digest(const std::string& content, const Compression& compression = gzip) {
    CountingSink out;
    return layers::write_layer(tree_of(content), {compression, 0, 1}, out, {}).descriptor.digest;
  }
  fs::path blob_of(const layers::Layer& layer) { return blobs / layer.descriptor.digest.hex(); }

  // A blob of one byte and a member that is that byte.
  Digest blob_of_byte(char byte) {
    const auto digest = Digest::of(std::string(1, byte));
    write(blobs / digest.hex(), std::string(1, byte));
    return digest;
  }
  static layers::Member member_named(int number, const Digest& compressed) {
    return {Digest::of(std::to_string(number)), compressed, 0, 1};
  }
  static bool knows(MemberIndex& index, int number) {
    std::byte out{};
    return index.recall(Digest::of(std::to_string(number)), {&out, 1}).has_value();
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  fs::path saved = folder.path() / "index";
  fs::path blobs = folder.path() / "blobs";
  const std::string program = noise(2'500'000, 1);
};

TEST_F(MemberIndexTest, TheNextBuildCompressesOnlyWhatChanged) {
  for (const auto& compression : {gzip, zstd}) {
    fs::remove(saved);
    const int members = compression == gzip ? 19 : 2;
    const auto first = build(program, compression);
    EXPECT_EQ(first.recalled, 0);
    std::string changed = program;
    changed[2'000'000] = '!';
    for (const unsigned threads : {1U, 2U, 5U}) {
      EXPECT_EQ(build(program, compression, threads).recalled, members);
      const auto second = build(changed, compression, threads);
      EXPECT_EQ(second.recalled, threads == 1 ? members - 1 : members);
      EXPECT_EQ(second.layer.descriptor.digest, plain_digest(changed, compression));
    }
  }
}

TEST_F(MemberIndexTest, LayersThatAreNotAsTheyWereGiveNothing) {
  const auto expected = plain_digest(program);
  const auto first = build(program);
  const auto path = blob_of(first.layer);
  const auto blob = read(path);
  const auto index = read(saved);
  const auto rebuilt = [&](int recalled) {
    write(saved, index);
    const auto again = build(program);
    EXPECT_EQ(again.recalled, recalled);
    EXPECT_EQ(again.layer.descriptor.digest, expected);
    EXPECT_EQ(read(path), blob);
  };
  rebuilt(19);
  for (const std::size_t i : {0U, 4U, 8U}) {
    const auto& member = first.layer.members[i];
    write(path, blob.substr(0, member.offset + member.size - 1));
    rebuilt(static_cast<int>(i));
    std::string edited = blob;
    edited[member.offset + member.size / 2] ^= 1;
    write(path, edited);
    rebuilt(18);
  }
  write(path, "");
  rebuilt(0);
  fs::remove(path);
  rebuilt(0);
  fs::remove(path);
  fs::create_directory(path);
  {
    MemberIndex odd(saved, blobs);
    std::vector<std::byte> out(1U << 20U);
    EXPECT_FALSE(odd.recall(first.layer.members[0].input, out));
  }
}

TEST_F(MemberIndexTest, MembersThatDoNotFitAreNotKnown) {
  const auto built = build(program);
  const auto& member = built.layer.members[0];
  MemberIndex index(saved, blobs);
  std::vector<std::byte> out(member.size);
  EXPECT_FALSE(index.recall(member.input, MutableBytes(out).first(out.size() - 1)));
  const auto recalled = index.recall(member.input, out);
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->size, member.size);
  EXPECT_EQ(recalled->compressed, member.compressed);
  EXPECT_EQ(Digest::of(Bytes(out)), member.compressed);
}

TEST_F(MemberIndexTest, BrokenIndexesAreEmptyOnes) {
  const auto built = build(noise(1'000'000, 2));
  ASSERT_EQ(built.layer.members.size(), 7U);
  const auto text = read(saved);
  std::vector<std::byte> out(1U << 20U);
  const auto check = [&](const std::string& broken) {
    write(saved, broken);
    MemberIndex index(saved, blobs);
    for (const auto& member : built.layer.members) {
      const auto recalled = index.recall(member.input, out);
      EXPECT_EQ(recalled.has_value(), broken == text);
      if (!recalled) continue;
      EXPECT_EQ(Digest::of(Bytes(out).first(recalled->size)), member.compressed);
    }
  };
  check(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    check(text.substr(0, at));
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x15);
    check(flipped);
  }
  check(text + "x");
  check(text + std::string(1U << 20U, 'x'));
  EXPECT_EQ(build(noise(1'000'000, 2)).recalled, 0);  // and is written anew
  EXPECT_EQ(build(noise(1'000'000, 2)).recalled, 7);
}

TEST_F(MemberIndexTest, TheNewestAreKept) {
  const auto blob = blob_of_byte('b');
  constexpr int most = MemberIndex::most_entries;
  for (int start = 0; start < 3 * most; start += most / 2) {
    MemberIndex index(saved, blobs);
    for (int i = start; i < start + most / 2; ++i) index.learn(blob, {member_named(i, blob)});
    index.save();
  }
  MemberIndex index(saved, blobs);
  EXPECT_TRUE(knows(index, 3 * most - 1));
  EXPECT_TRUE(knows(index, 2 * most));
  EXPECT_FALSE(knows(index, 2 * most - 1));
  EXPECT_FALSE(knows(index, 0));
  EXPECT_LT(fs::file_size(saved), 2'000'000U);
  std::vector<layers::Member> many;  // by one build
  for (int i = 0; i <= most; ++i) many.push_back(member_named(i, blob));
  index.learn(blob, many);
  index.save();
  MemberIndex next(saved, blobs);
  EXPECT_FALSE(knows(next, 0));
  EXPECT_TRUE(knows(next, 1));
  EXPECT_TRUE(knows(next, most));
  EXPECT_FALSE(knows(next, 2 * most));
}

TEST_F(MemberIndexTest, TheNewestPlaceOfAMemberCounts) {
  const auto old = blob_of_byte('o');
  const auto blob = blob_of_byte('n');
  for (const auto& place : {old, blob}) {
    MemberIndex index(saved, blobs);
    index.learn(place, {member_named(1, place)});
    index.save();
  }
  fs::remove(blobs / old.hex());
  MemberIndex index(saved, blobs);
  EXPECT_TRUE(knows(index, 1));
}

TEST_F(MemberIndexTest, WritersDoNotUndoEachOther) {
  const auto blob = blob_of_byte('b');
  MemberIndex one(saved, blobs);
  MemberIndex two(saved, blobs);
  EXPECT_FALSE(knows(one, 2));
  EXPECT_FALSE(knows(two, 1));
  one.learn(blob, {member_named(1, blob)});
  two.learn(blob, {member_named(2, blob)});
  one.save();
  two.save();
  MemberIndex both(saved, blobs);
  EXPECT_TRUE(knows(both, 1));
  EXPECT_TRUE(knows(both, 2));
}

TEST_F(MemberIndexTest, ThreadsShareIt) {
  const auto blob = blob_of_byte('b');
  MemberIndex index(saved, blobs);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          index.learn(blob, {member_named(100 * t + i, blob)});
          EXPECT_TRUE(knows(index, 100 * t + i));
          knows(index, 100 * ((t + 1) % 4) + i);
          if (i % 10 == 9) index.save();
        }
      });
  }
  index.save();
  MemberIndex next(saved, blobs);
  for (int t = 0; t < 4; ++t) EXPECT_TRUE(knows(next, 100 * t));
}

TEST_F(MemberIndexTest, FewFilesAreOpen) {
  const auto open_files = [] {
    const fs::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  MemberIndex index(saved, blobs);
  for (int i = 0; i < 40; ++i) {
    const auto blob = blob_of_byte(static_cast<char>('0' + i));
    index.learn(blob, {member_named(i, blob)});
  }
  const auto before = open_files();
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(knows(index, i));
  EXPECT_LE(open_files(), before + 8);
}

TEST_F(MemberIndexTest, ALayerThatIsMadeAgainIsFoundAgain) {
  const auto blob = blob_of_byte('b');
  MemberIndex index(saved, blobs);
  index.learn(blob, {member_named(1, blob)});
  fs::remove(blobs / blob.hex());
  EXPECT_FALSE(knows(index, 1));
  blob_of_byte('b');
  index.learn(blob, {member_named(2, blob)});
  EXPECT_TRUE(knows(index, 1));
}

TEST_F(MemberIndexTest, ADiskThatRefusesIsNoError) {
  const auto blob = blob_of_byte('b');
  MemberIndex index(folder.path() / "absent" / "index", blobs);
  EXPECT_FALSE(knows(index, 1));
  index.learn(blob, {member_named(1, blob)});
  index.save();
  EXPECT_TRUE(knows(index, 1));
}

}  // namespace
}  // namespace whittle::builder
