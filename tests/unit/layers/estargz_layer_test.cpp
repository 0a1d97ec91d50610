#include "layers/estargz_layer.hpp"

#include <fmt/format.h>

#include "layers/estargz_index.hpp"
#include "layers/gzip_stream.hpp"
#include "tests/support/estargz_walker.hpp"
#include "tests/support/tar_walker.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::test {
namespace {

using layers::Compression;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Format = Compression::Format;
using Level = Compression::Level;

constexpr std::size_t estargz_chunk = 4U << 20U;

Compression estargz(Level level) {
  return {Format::gzip, level, true};
}

// Files of every size that matters to chunks, and one of everything else.
layers::FileTree every_kind_for_estargz() {
  layers::FileTree tree;
  tree.add("!first", file("sorts before the landmark"));
  tree.add("d/empty", file(""));
  tree.add("d/link", symlink("empty"));
  tree.add("d/one", file("1", 04755));
  tree.add("d/two", hardlink("d/one", 04755));
  tree.add("large/exact", file(sample(estargz_chunk)));
  tree.add("large/less", file(sample(estargz_chunk - 1)));
  tree.add("large/more", file(sample(2 * estargz_chunk + 1)));
  tree.add("z/\xc3\xa9", file("a name of more than ASCII"));
  layers::FileEntry owned = file("owned");
  owned.uid = 65'532;
  owned.gid = 3'000'000;
  tree.add("zz", owned);
  return tree;
}

TEST(EstargzLayer, PassesASecondReaderAtEveryLevelAndTime) {
  const layers::FileTree tree = every_kind_for_estargz();
  for (const Level level : {Level::fast, Level::balanced, Level::smallest})
    for (const std::int64_t mtime : {0, 1'700'000'000})
      EXPECT_THAT(estargz_violations(opening(written(tree, {estargz(level), mtime, 2}).bytes)), IsEmpty());
}

TEST(EstargzLayer, HasTheSameBytesWithAnyNumberOfThreads) {
  const layers::FileTree tree = every_kind_for_estargz();
  const std::string one = written(tree, {estargz(Level::fast), 0, 1}).bytes;
  for (const unsigned threads : {2U, 7U})
    EXPECT_EQ(written(tree, {estargz(Level::fast), 0, threads}).bytes, one);
}

TEST(EstargzLayer, IsAGzipLayerWithTwoEntriesMoreToWhoeverDoesNotKnow) {
  layers::FileTree tree;
  tree.add("a/file", file("text"));
  const Written layer = written(tree, {estargz(Level::balanced), 0, 1});
  const std::string tar = decompressed(layer.bytes);
  TextSource source(tar);
  const TarListing listing = walk_tar(source);
  EXPECT_THAT(listing.violations, IsEmpty());
  std::vector<std::string> paths;
  for (const auto& entry : listing.entries) paths.push_back(entry.path);
  EXPECT_THAT(paths, ElementsAre(".no.prefetch.landmark", "a/", "a/file", "stargz.index.json"));
  EXPECT_EQ(layer.layer.diff_id, Digest::of(tar));
  EXPECT_EQ(layer.layer.uncompressed_size, tar.size());
  EXPECT_EQ(layer.layer.descriptor.digest, Digest::of(layer.bytes));
  EXPECT_EQ(layer.layer.descriptor.size, layer.bytes.size());
  EXPECT_EQ(layer.layer.descriptor.media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
}

TEST(EstargzLayer, SaysInAnnotationsWhatReadersNeed) {
  layers::FileTree tree;
  tree.add("file", file("text"));
  const Written layer = written(tree, {estargz(Level::balanced), 0, 1});
  const auto& annotations = layer.layer.descriptor.annotations;
  EXPECT_EQ(annotations.at("containerd.io/snapshot/stargz/toc.digest"),
            estargz_index_digest_of(opening(layer.bytes)));
  EXPECT_EQ(annotations.at("io.containers.estargz.uncompressed-size"),
            std::to_string(decompressed(layer.bytes).size()));
}

// The index has to be one member however long it is: readers open no second one.
TEST(EstargzLayer, HasAnIndexOfOneMemberLargerThanAChunk) {
  layers::FileTree tree;
  for (int i = 0; i < 17'000; ++i) tree.add(fmt::format("files/{:05}", i), file(std::to_string(i)));
  const Written layer = written(tree, {estargz(Level::fast), 0, 2});
  EXPECT_GT(layer.layer.uncompressed_size, 17'000 * 1'024 + estargz_chunk);
  EXPECT_THAT(estargz_violations(opening(layer.bytes)), IsEmpty());
}

TEST(EstargzLayer, RefusesNamesOfItsOwnAndNamesThatJsonCannotHold) {
  TextSink out(no_limit, "layer");
  for (const auto* name : {".no.prefetch.landmark", ".prefetch.landmark", "stargz.index.json"}) {
    layers::FileTree tree;
    tree.add(name, file("text"));
    expect_error(ErrorKind::spec, std::string("/") + name + " is a name that eStargz has for itself",
                 [&] { layers::write_layer(tree, {estargz(Level::fast)}, out, {}); });
  }
  layers::FileTree tree;
  tree.add("caf\xe9", file("text"));
  expect_error(ErrorKind::spec, "not UTF-8",
               [&] { layers::write_layer(tree, {estargz(Level::fast)}, out, {}); });
}

TEST(EstargzLayer, HasAnIdentityOfItsOwn) {
  const Compression gzip{Format::gzip, Level::balanced};
  EXPECT_NE(estargz(Level::balanced).identity(), gzip.identity());
  EXPECT_NE(estargz(Level::balanced).identity(), estargz(Level::fast).identity());
  EXPECT_THAT(estargz(Level::balanced).identity(), HasSubstr("chunks of 4194304, index by zlib "));
}

// ---- The second reader notices
// --------------------------------------------------------------------------------

constexpr std::size_t footer_size = 51;

// The layer with another text of the index, of the same length.
std::string with_index(const std::string& layer, const std::string& from, const std::string& to) {
  const auto offset = std::stoull(layer.substr(layer.size() - footer_size + 16, 16), nullptr, 16);
  std::string end = decompressed(layer.substr(offset));
  end.replace(end.find(from), from.size(), to);
  TextSink out(no_limit, "index");
  layers::GzipStream stream(out);
  stream.write(as_bytes(end));
  stream.finish();
  return layer.substr(0, offset) + out.text() + layers::estargz_footer(offset);
}

TEST(EstargzLayer, ThatLiesIsNoticed) {
  layers::FileTree tree;
  tree.add("file", file(sample(5'000)));
  const std::string good = written(tree, {estargz(Level::balanced), 0, 1}).bytes;
  ASSERT_THAT(estargz_violations(opening(good)), IsEmpty());
  const std::string digest = std::string(Digest::of(sample(5'000)).hex());
  std::string other = digest;
  other[0] = other[0] == '0' ? '1' : '0';
  const auto noticed = [](const std::string& layer, const char* what) {
    EXPECT_THAT(estargz_violations(opening(layer)), Contains(HasSubstr(what))) << what;
  };
  noticed(with_index(good, "\"name\":\"file\"", "\"name\":\"fine\""), "something else than the tar");
  noticed(with_index(good, "\"mode\":420,\"name\":\"file\"", "\"mode\":493,\"name\":\"file\""),
          "something else than the tar");
  noticed(with_index(good, "\"chunkDigest\":\"sha256:" + digest, "\"chunkDigest\":\"sha256:" + other),
          "another digest");
  noticed(with_index(good, "\"offset\":93", "\"offset\":94"), "no member begins there");
  noticed(with_index(good, "\"version\":1", "\"version\":2"), "another version");
  noticed(with_index(good, "\"mode\":420,\"name\":\"file\"", "\"mode\": 42,\"name\":\"file\""),
          "not canonical JSON");
  noticed(good.substr(0, good.size() - footer_size) + layers::estargz_footer(93), "its footer does not lead");
  std::string system = good;
  system[9] = 3;
  noticed(system, "the os in the header");
  system = good;
  system[8] = 4;  // XFL: the fastest
  noticed(system, "no level");
}

TEST(EstargzIndex, EndsInAFooterOf51Bytes) {
  const std::string footer = layers::estargz_footer(0x1234);
  EXPECT_EQ(footer.size(), footer_size);
  EXPECT_EQ(footer.substr(16, 22), "0000000000001234STARGZ");
  EXPECT_EQ(decompressed(footer), "");
}

TEST(GzipStream, MakesOneMemberOfAnyLengthWhateverTheWrites) {
  const std::string text = sample(300'000);
  const auto made = [&](std::size_t step) {
    TextSink out(no_limit, "member");
    layers::GzipStream stream(out);
    for (std::size_t i = 0; i < text.size(); i += step)
      stream.write(as_bytes(std::string_view(text).substr(i, step)));
    stream.finish();
    return out.take();
  };
  const std::string whole = made(text.size());
  EXPECT_EQ(decompressed(whole), text);
  EXPECT_EQ(whole.substr(4, 6), std::string("\0\0\0\0\x02\xff", 6));  // no time; the slowest; no system
  for (const std::size_t step : {std::size_t(1), std::size_t(777), std::size_t(65'536)})
    EXPECT_EQ(made(step), whole);
}

}  // namespace
}  // namespace whittle::test
