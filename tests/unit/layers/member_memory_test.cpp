#include "layers/member_memory.hpp"

#include <map>
#include <mutex>

#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::compressed;
using test::decompressed;
using test::expect_error;
using test::fast_gzip;
using test::fast_zstd;
using test::sample;

using Format = Compression::Format;
using Level = Compression::Level;

constexpr std::size_t gzip_size = 128U << 10U;
constexpr std::size_t zstd_size = 1U << 20U;

class MapMemory : public MemberMemory {
 public:
  std::optional<Recalled> recall(const Digest& input, MutableBytes out) override {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(input);
    if (found == known_.end()) return std::nullopt;
    std::copy(found->second.begin(), found->second.end(), reinterpret_cast<char*>(out.data()));
    ++recalled_;
    return Recalled{found->second.size(), Digest::of(found->second)};
  }
  void learn(const std::string& stream, const std::vector<Member>& members) {
    for (const auto& member : members)
      known_.insert_or_assign(member.input, stream.substr(member.offset, member.size));
  }
  void forget_every_other() {
    bool odd = false;
    std::erase_if(known_, [&](const auto&) { return odd = !odd; });
  }
  void lie(const std::string& bytes) {
    for (auto& item : known_) item.second = bytes;
  }
  std::size_t known() const { return known_.size(); }
  std::size_t recalled() const { return recalled_; }

 private:
  std::mutex mutex_;
  std::map<Digest, std::string> known_;
  std::size_t recalled_ = 0;
};

struct Stream {
  std::string bytes;
  std::vector<Member> members;
};

Stream stream_of(const Compression& compression, const std::string& text, unsigned threads,
                 MemberMemory* memory) {
  TextSink out(test::no_limit, "output");
  const auto compressor = make_compressor(compression, threads, out, memory);
  compressor->write(as_bytes(text));
  compressor->finish();
  return {out.take(), compressor->take_members()};
}

TEST(MemberMemory, MembersSayWhereTheyLie) {
  for (const auto& [compression, size] : {std::pair(fast_gzip, gzip_size), std::pair(fast_zstd, zstd_size)})
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, size - 1, size, size + 1, 5 * size + 7})
      for (const unsigned threads : {1U, 2U, 5U}) {
        const std::string text = sample(length);
        MapMemory memory;
        const auto stream = stream_of(compression, text, threads, &memory);
        EXPECT_EQ(stream.bytes, compressed(compression, text));
        ASSERT_EQ(stream.members.size(), length / size);
        std::uint64_t end = 0;
        for (std::size_t i = 0; i < stream.members.size(); ++i) {
          const auto& member = stream.members[i];
          const auto bytes = stream.bytes.substr(member.offset, member.size);
          EXPECT_EQ(member.offset, end);
          EXPECT_EQ(member.compressed, Digest::of(bytes));
          EXPECT_EQ(member.input, Digest::of(text.substr(i * size, size)));
          EXPECT_EQ(decompressed(bytes), text.substr(i * size, size));
          end += member.size;
        }
      }
}

TEST(MemberMemory, WhatIsRememberedChangesNoByte) {
  for (const auto& [compression, size] : {std::pair(fast_gzip, gzip_size), std::pair(fast_zstd, zstd_size)})
    for (const bool half : {false, true})
      for (const unsigned threads : {1U, 2U, 5U}) {
        const std::string text = sample(9 * size + 1000);
        MapMemory memory;
        const auto first = stream_of(compression, text, threads, &memory);
        EXPECT_EQ(memory.recalled(), 0U);
        memory.learn(first.bytes, first.members);
        if (half) memory.forget_every_other();
        const auto second = stream_of(compression, text, threads, &memory);
        EXPECT_EQ(memory.recalled(), memory.known());
        EXPECT_EQ(memory.known(), half ? 4U : 9U);
        EXPECT_EQ(second.bytes, first.bytes);
        ASSERT_EQ(second.members.size(), first.members.size());
        for (std::size_t i = 0; i < first.members.size(); ++i) {
          EXPECT_EQ(second.members[i].offset, first.members[i].offset);
          EXPECT_EQ(second.members[i].compressed, first.members[i].compressed);
        }
      }
}

// Whoever writes a memory has to check what it gives: nobody behind it does.
TEST(MemberMemory, IsBelieved) {
  const std::string text = sample(3 * gzip_size);
  MapMemory memory;
  const auto honest = stream_of(fast_gzip, text, 2, &memory);
  memory.learn(honest.bytes, honest.members);
  memory.lie("not a member");
  EXPECT_EQ(stream_of(fast_gzip, text, 2, &memory).bytes, "not a membernot a membernot a member");
  memory.lie("");
  expect_error(ErrorKind::internal, "size", [&] { stream_of(fast_gzip, text, 2, &memory); });
}

TEST(MemberMemory, ItsErrorsArePassedOn) {
  class Failing final : public MemberMemory {
    std::optional<Recalled> recall(const Digest&, MutableBytes) override {
      throw Error(ErrorKind::io, "no memory");
    }
  } memory;
  for (const unsigned threads : {1U, 5U})
    expect_error(ErrorKind::io, "no memory",
                 [&] { stream_of(fast_gzip, sample(3 * gzip_size), threads, &memory); });
  // What is shorter than a member is not asked for.
  EXPECT_EQ(stream_of(fast_gzip, "short", 1, &memory).bytes, compressed(fast_gzip, "short"));
}

TEST(MemberMemory, NoneIsAskedWhereNothingIsCompressed) {
  MapMemory memory;
  EXPECT_TRUE(stream_of({Format::none, Level::fast}, sample(3 * gzip_size), 1, &memory).members.empty());
  EXPECT_TRUE(stream_of(fast_gzip, sample(3 * gzip_size), 1, nullptr).members.empty());
}

TEST(MemberMemory, ALayerSaysWhereItsMembersLie) {
  for (const auto& compression : {fast_gzip, fast_zstd}) {
    FileTree tree;
    tree.add("usr/bin/api", test::file(sample(3'000'000), 0755));
    const auto plain = test::written(tree, {compression, 0, 2});
    EXPECT_TRUE(plain.layer.members.empty());
    MapMemory memory;
    const auto first = test::written(tree, {compression, 0, 2, &memory});
    EXPECT_EQ(first.bytes, plain.bytes);
    EXPECT_EQ(first.layer.members.size(), compression == fast_gzip ? 22U : 2U);
    memory.learn(first.bytes, first.layer.members);
    const auto second = test::written(tree, {compression, 0, 5, &memory});
    EXPECT_EQ(memory.recalled(), first.layer.members.size());
    EXPECT_EQ(second.bytes, plain.bytes);
    EXPECT_EQ(second.layer.descriptor.digest, plain.layer.descriptor.digest);
    EXPECT_EQ(second.layer.diff_id, plain.layer.diff_id);
  }
}

}  // namespace
}  // namespace whittle::layers
