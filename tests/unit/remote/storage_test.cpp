#include "remote/storage.hpp"

#include <gmock/gmock.h>

#include "remote/wire.hpp"
#include "tests/support/thrown_error.hpp"
#include "tests/unit/remote/served.hpp"

namespace whittle::remote {
namespace {

using test::failing;
using test::Served;

std::string read_whole(ByteSource& source) {
  return read_all(source, 64U << 20U, "a blob");
}

TEST(Storage, SendsOnlyWhatTheServerLacks) {
  Served served;
  BlobSet set;
  served.fake.blobs.emplace(set.add("there"), "there");
  const auto absent = set.add("absent");
  EXPECT_EQ(served.storage.send(set), 6U);
  EXPECT_EQ(served.fake.blobs.at(absent), "absent");
  EXPECT_EQ(served.fake.count("update"), 1U);
  EXPECT_EQ(served.storage.send(set), 0U);
  EXPECT_EQ(served.fake.count("update"), 1U);
}

TEST(Storage, KeepsBatchesBelowTheServersLimit) {
  Served served({true, true, false, 1000});
  BlobSet set;
  for (int i = 0; i < 20; ++i) set.add(std::string(200, static_cast<char>('a' + i)));
  served.storage.send(set);
  EXPECT_EQ(served.fake.blobs.size(), 20U);
  EXPECT_LE(served.fake.largest_batch_seen, 1000U);
}

TEST(Storage, SendsLargeFilesAsStreams) {
  Served served;
  BlobSet set;
  const auto id = set.add(std::string(3U << 20U, 'x'));
  served.storage.send(set);
  ASSERT_EQ(served.fake.written.size(), 1U);
  EXPECT_THAT(served.fake.written.front(),
              testing::MatchesRegex("uploads/[0-9a-f-]+/blobs/" + id.hash + "/3145728"));
  EXPECT_TRUE(served.fake.blobs.contains(id));
}

TEST(Storage, CompressesStreamsWhereTheServerCan) {
  Served served({true, true, true, 0});
  BlobSet set;
  const auto id = set.add(std::string(3U << 20U, 'x'));
  served.storage.send(set);
  ASSERT_EQ(served.fake.written.size(), 1U);
  EXPECT_THAT(served.fake.written.front(),
              testing::HasSubstr("/compressed-blobs/zstd/" + id.hash + "/3145728"));
  ASSERT_EQ(served.fake.blobs.size(), 1U);
  EXPECT_LT(served.fake.blobs.begin()->first.size, 100'000U);
}

TEST(Storage, SendsAgainWhatWasRefusedForTheMoment) {
  Served served;
  served.fake.failures["update one"] = {failing(Code::ok), failing(Code::resource_exhausted)};
  served.fake.failures["find_missing"] = {failing(Code::unavailable)};
  BlobSet set;
  set.add("a");
  set.add("b");
  served.storage.send(set);
  EXPECT_EQ(served.fake.blobs.size(), 2U);
  EXPECT_EQ(served.fake.count("update"), 2U);
}

TEST(Storage, GivesUpOnAQuotaThatIsUsedUp) {
  Served served;
  for (int i = 0; i < 100; ++i)
    served.fake.failures["update one"].push_back(failing(Code::resource_exhausted, "full"));
  BlobSet set;
  set.add("a");
  const auto error = test::failure_of([&] { served.storage.send(set); });
  EXPECT_EQ(error.kind(), ErrorKind::network);
  EXPECT_THAT(error.message(), testing::HasSubstr("RESOURCE_EXHAUSTED: full"));
}

TEST(Storage, NoticesThatAFileChanged) {
  Served served;
  BlobSet set;
  set.add(id_of("before"), [] { return std::make_unique<TextSource>("after!"); });
  EXPECT_EQ(test::failure_of([&] { served.storage.send(set); }).kind(), ErrorKind::conflict);
}

TEST(Storage, SaysWhoIsNotAllowed) {
  Served served;
  served.fake.failures["find_missing"] = {failing(Code::unauthenticated, "who are you?\x1b[2J")};
  BlobSet set;
  set.add("a");
  const auto error = test::failure_of([&] { served.storage.send(set); });
  EXPECT_EQ(error.kind(), ErrorKind::auth);
  EXPECT_THAT(error.message(), testing::HasSubstr("UNAUTHENTICATED: who are you?\\x1b[2J"));
}

TEST(Storage, ReadsOnWhereAStreamBroke) {
  Served served;
  const std::string bytes(1U << 20U, 'y');
  const auto id = id_of(bytes);
  served.fake.blobs.emplace(id, bytes);
  served.fake.breaks_after = 300'000;
  EXPECT_EQ(read_whole(*served.storage.open(id, "a blob")), bytes);
  EXPECT_EQ(served.fake.count("open"), 2U);
}

TEST(Storage, RefusesOtherBytes) {
  Served served;
  const auto id = id_of("these bytes");
  served.fake.blobs.emplace(id, "those bytes");
  EXPECT_EQ(test::failure_of([&] { read_whole(*served.storage.open(id, "a blob")); }).kind(),
            ErrorKind::integrity);
  served.fake.blobs[id] = "these";
  EXPECT_EQ(test::failure_of([&] { read_whole(*served.storage.open(id, "a blob")); }).kind(),
            ErrorKind::integrity);
  served.fake.blobs[id] = "these bytes and more";
  EXPECT_EQ(test::failure_of([&] { read_whole(*served.storage.open(id, "a blob")); }).kind(),
            ErrorKind::integrity);
}

TEST(Storage, SaysThatABlobIsGone) {
  Served served;
  const auto error = test::failure_of([&] { read_whole(*served.storage.open(id_of("x"), "the layer")); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
}

TEST(Storage, ReadsNothingThatIsTooLarge) {
  Served served;
  EXPECT_EQ(test::failure_of([&] {
              served.storage.read({std::string(64, 'a'), 1U << 20U}, 1000, "a report");
            }).kind(),
            ErrorKind::limit);
  EXPECT_EQ(served.fake.count("open"), 0U);
}

}  // namespace
}  // namespace whittle::remote
