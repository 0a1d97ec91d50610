#include "layers/chunked_layer.hpp"

#include <fmt/format.h>

#include "layers/crc64.hpp"
#include "tests/support/chunked_walker.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::test {
namespace {

using layers::Compression;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Format = Compression::Format;
using Level = Compression::Level;

constexpr std::size_t zstd_chunk = 1U << 20U;

Compression chunked(Level level) {
  return {Format::zstd, level, true};
}

// Files of every size that matters to chunks and to padding, and one of everything else.
layers::FileTree every_kind_for_zstd() {
  layers::FileTree tree;
  tree.add("d/block", file(sample(512)));
  tree.add("d/empty", file(""));
  tree.add("d/link", symlink("empty"));
  tree.add("d/one", file("1", 04755));
  tree.add("d/two", hardlink("d/one", 04755));
  tree.add("large/exact", file(sample(zstd_chunk)));
  tree.add("large/less", file(sample(zstd_chunk - 1)));
  tree.add("large/more", file(sample(2 * zstd_chunk + 1)));
  tree.add("long/" + std::string(150, 'n'), file("a name that needs an extended header"));
  tree.add("z/\xc3\xa9", file("a name of more than ASCII"));
  layers::FileEntry owned = file("owned");
  owned.uid = 65'532;
  owned.gid = 3'000'000;
  tree.add("zz", owned);
  return tree;
}

TEST(ChunkedLayer, PassesASecondReaderAtEveryLevelAndTime) {
  const layers::FileTree tree = every_kind_for_zstd();
  for (const Level level : {Level::fast, Level::balanced, Level::smallest})
    for (const std::int64_t mtime : {0, 1'700'000'000}) {
      const Written layer = written(tree, {chunked(level), mtime, 2});
      EXPECT_THAT(chunked_violations(opening(layer.bytes), layer.layer.descriptor.annotations), IsEmpty());
    }
}

TEST(ChunkedLayer, HasTheTarOfALayerWithoutAnIndex) {
  const layers::FileTree tree = every_kind_for_zstd();
  const Written plain = written(tree, {{Format::zstd, Level::fast}, 7, 1});
  const Written layer = written(tree, {chunked(Level::fast), 7, 1});
  EXPECT_EQ(layer.layer.diff_id, plain.layer.diff_id);
  EXPECT_EQ(decompressed(layer.bytes), decompressed(plain.bytes));
  EXPECT_EQ(layer.layer.uncompressed_size, plain.layer.uncompressed_size);
  EXPECT_EQ(layer.layer.descriptor.digest, Digest::of(layer.bytes));
  EXPECT_EQ(layer.layer.descriptor.size, layer.bytes.size());
  EXPECT_EQ(layer.layer.descriptor.media_type, "application/vnd.oci.image.layer.v1.tar+zstd");
}

TEST(ChunkedLayer, HasTheSameBytesWithAnyNumberOfThreads) {
  const layers::FileTree tree = every_kind_for_zstd();
  const std::string one = written(tree, {chunked(Level::fast), 0, 1}).bytes;
  for (const unsigned threads : {2U, 7U})
    EXPECT_EQ(written(tree, {chunked(Level::fast), 0, threads}).bytes, one);
}

TEST(ChunkedLayer, OfNothingIsValid) {
  const Written layer = written({}, {chunked(Level::balanced), 0, 1});
  EXPECT_THAT(chunked_violations(opening(layer.bytes), layer.layer.descriptor.annotations), IsEmpty());
}

TEST(ChunkedLayer, RefusesNamesThatJsonCannotHold) {
  TextSink out(no_limit, "layer");
  layers::FileTree tree;
  tree.add("caf\xe9", file("text"));
  expect_error(ErrorKind::spec, "not UTF-8",
               [&] { layers::write_layer(tree, {chunked(Level::fast)}, out, {}); });
}

TEST(ChunkedLayer, HasAnIdentityOfItsOwn) {
  EXPECT_NE(chunked(Level::balanced).identity(), (Compression{Format::zstd, Level::balanced}).identity());
  EXPECT_NE(chunked(Level::balanced).identity(), chunked(Level::fast).identity());
  EXPECT_THAT(chunked(Level::balanced).identity(), HasSubstr("chunks of 1048576"));
}

// The check value of this polynomial in the catalogues of CRCs, of the digits one to nine.
TEST(ChunkedLayer, Crc64) {
  layers::Crc64 crc;
  crc.add(as_bytes("1234"));
  crc.add(as_bytes("56789"));
  EXPECT_EQ(crc.value(), 0xb90956c775a41001U);
}

TEST(ChunkedLayer, ThatLiesIsNoticed) {
  layers::FileTree tree;
  tree.add("file", file(sample(5'000)));
  const Written good = written(tree, {chunked(Level::balanced), 0, 1});
  auto annotations = good.layer.descriptor.annotations;
  const auto noticed = [&](const std::string& bytes, const char* what) {
    EXPECT_THAT(chunked_violations(opening(bytes), annotations), Contains(HasSubstr(what))) << what;
  };
  auto footer = good.bytes;
  footer[footer.size() - 64] = static_cast<char>(footer[footer.size() - 64] ^ 1);
  noticed(footer, "footer");
  auto magic = good.bytes;
  magic.back() = 'X';
  noticed(magic, "footer");
  annotations[layers::chunked_index_digest] = Digest::of("x").text();
  noticed(good.bytes, "index has another digest");
}

}  // namespace
}  // namespace whittle::test
