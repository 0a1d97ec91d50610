#include "toolchains/zip_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/error.hpp"
#include "tests/support/module_zip_maker.hpp"

namespace whittle::toolchains {
namespace {

using test::make_zip;
using test::ZipItem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string noise(std::size_t size) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < size) text += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  return text;
}

// What a zip gives that comes in pieces of that size.
struct Streamed {
  explicit Streamed(std::string_view zip, std::size_t piece = 1U << 20U, const ZipLimits& limits = {}) {
    ZipStream stream(limits, [this](const ArrivedFile& file) {
      files.emplace_back(file.name, std::string(as_text(file.content)));
    });
    for (std::size_t at = 0; at < zip.size(); at += piece) stream.write(as_bytes(zip.substr(at, piece)));
    gave_up = stream.gave_up();
    complete = stream.is_at_directory();
  }
  std::vector<std::pair<std::string, std::string>> files;
  bool gave_up = false;
  bool complete = false;
};

TEST(ZipStream, GivesEachFileWhateverThePiecesAre) {
  const auto large = noise(200'000) + std::string(300'000, 'x');
  ZipItem stored{.name = "b", .content = "plain"};
  stored.deflated = false;
  stored.descriptor = false;
  ZipItem known{.name = "c", .content = "sizes before it"};
  known.descriptor = false;
  const auto zip = make_zip({{.name = "a", .content = large}, stored, known, {.name = "d", .content = ""}});
  for (const std::size_t piece : {1U, 7U, 4096U, 1U << 20U}) {
    const Streamed streamed(zip, piece);
    EXPECT_THAT(streamed.files, ElementsAre(Pair("a", large), Pair("b", "plain"),
                                            Pair("c", "sizes before it"), Pair("d", "")))
        << piece;
    EXPECT_TRUE(streamed.complete);
  }
}

TEST(ZipStream, WhatIsCutOffIsNotComplete) {
  const auto zip = make_zip({{.name = "a", .content = noise(1000)}});
  for (std::size_t size = 0; size < 1000; size += 13) {
    const Streamed streamed(std::string_view(zip).substr(0, size));
    EXPECT_THAT(streamed.files, IsEmpty());
    EXPECT_FALSE(streamed.complete);
  }
}

TEST(ZipStream, Hostile55_GivesUpOnWhatItCannotBeSureOf) {
  ZipItem lying{.name = "a", .content = noise(100)};
  lying.descriptor_crc = 1;
  ZipItem unsigned_descriptor{.name = "a", .content = noise(100)};
  unsigned_descriptor.descriptor_signature = false;
  ZipItem encrypted{.name = "a", .content = noise(100)};
  encrypted.flags = 1;
  ZipItem strange{.name = "a", .content = noise(100)};
  strange.local_method = 12;
  ZipItem other_size{.name = "a", .content = noise(100)};
  other_size.descriptor = false;
  other_size.local_size = 99;
  ZipItem open_ended{.name = "a", .content = noise(100)};
  open_ended.deflated = false;
  for (const auto& item : {lying, unsigned_descriptor, encrypted, strange, other_size, open_ended}) {
    const Streamed streamed(make_zip({item}));
    EXPECT_THAT(streamed.files, IsEmpty());
    EXPECT_TRUE(streamed.gave_up);
  }
  ZipItem followed{.name = "a", .content = noise(100)};
  followed.behind = "something else";
  EXPECT_TRUE(Streamed(make_zip({followed, {.name = "b"}})).gave_up);
  EXPECT_TRUE(Streamed("no zip at all, but long enough for a header").gave_up);
  auto broken = make_zip({{.name = "a", .content = std::string(1000, 'x')}});
  broken[31] = '\xff';
  broken[32] = '\xff';
  EXPECT_TRUE(Streamed(broken).gave_up);
}

TEST(ZipStream, Hostile55_StopsAtItsLimits) {
  const auto zip = make_zip(
      {{.name = "a", .content = std::string(1000, 'x')}, {.name = "bb", .content = std::string(1000, 'y')}});
  const auto taken = [&](const ZipLimits& limits) {
    const Streamed streamed(zip, 64, limits);
    EXPECT_TRUE(streamed.gave_up);
    return streamed.files.size();
  };
  EXPECT_EQ(taken({.entry = 999}), 0U);
  EXPECT_EQ(taken({.total = 1999}), 1U);
  EXPECT_EQ(taken({.entries = 1}), 1U);
  EXPECT_EQ(taken({.name = 1}), 1U);
  EXPECT_TRUE(Streamed(zip, 64, {.entries = 2, .entry = 1000, .total = 2000, .name = 2}).complete);
}

}  // namespace
}  // namespace whittle::toolchains
