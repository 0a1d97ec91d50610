#include "layers/layer_writer.hpp"

#include <unistd.h>

#include <clocale>
#include <filesystem>

#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "layers/media_types.hpp"
#include "tests/support/tar_walker.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::directory;
using test::expect_error;
using test::file;
using test::hardlink;
using test::sample;
using test::symlink;
using test::tar_of;
using test::written;

FileTree sample_tree() {
  FileTree tree;
  tree.add("usr/bin/api", file(sample(3'000'000), 0755));
  tree.add("etc/ssl", symlink("/usr/share/ssl"));
  tree.add("etc/empty", file(""));
  tree.add("etc/caf\xc3\xa9", file("x"));
  tree.add("etc/latin-\xe9", file("y"));
  tree.add("home/nonroot/" + std::string(120, 'd') + "/" + std::string(200, 'n'), file("long", 0600));
  FileEntry home = directory(0700);
  home.uid = 65532;
  home.gid = 3'000'000;
  tree.add("home/nonroot", home);
  return tree;
}

TEST(LayerWriter, Hostile268_FollowsTheRules) {
  const std::string tar = tar_of(sample_tree(), 1234567890);
  TextSource source(tar);
  const test::TarListing listing = test::walk_tar(source);
  EXPECT_THAT(listing.violations, testing::IsEmpty());
  const FileTree tree = sample_tree();
  ASSERT_EQ(listing.entries.size(), tree.entries().size());
  std::size_t i = 0;
  for (const auto& item : tree.entries()) {
    const test::TarEntry& entry = listing.entries[i++];
    EXPECT_EQ(entry.path, item.first + (item.second.type == FileEntry::Type::directory ? "/" : ""));
    EXPECT_EQ(entry.mode, item.second.mode);
    EXPECT_EQ(entry.uid, item.second.uid);
    EXPECT_EQ(entry.gid, item.second.gid);
    EXPECT_EQ(entry.target, item.second.link_target);
    EXPECT_EQ(entry.content, item.second.content);
    EXPECT_EQ(entry.mtime, 1234567890);
  }
}

TEST(LayerWriter, DescribesWhatItWrote) {
  const std::string tar = tar_of(sample_tree());
  const std::pair<Compression::Format, std::string_view> formats[] = {
      {Compression::Format::none, media_type::oci_layer},
      {Compression::Format::gzip, media_type::oci_layer_gzip},
      {Compression::Format::zstd, media_type::oci_layer_zstd}};
  for (const auto& format : formats) {
    const auto result = written(sample_tree(), {{format.first, Compression::Level::balanced}, 0, 3});
    EXPECT_EQ(result.layer.descriptor.media_type, format.second);
    EXPECT_EQ(result.layer.descriptor.size, result.bytes.size());
    EXPECT_EQ(result.layer.descriptor.digest, Digest::of(result.bytes));
    EXPECT_EQ(result.layer.diff_id, Digest::of(tar));
    EXPECT_EQ(result.layer.uncompressed_size, tar.size());
    EXPECT_EQ(test::decompressed(result.bytes), tar);
  }
}

// The bytes of a tar are a promise to every image that was ever built: a change here is a change of
// tar_identity().
TEST(LayerWriter, GoldenDiffId) {
  FileTree tree = sample_tree();
  EXPECT_EQ(written(tree).layer.diff_id.text(),
            "sha256:5735bbf09b66d8aada4550f126b5e051aadba77409bed9a292480ff4e2e22425");
  EXPECT_EQ(written(FileTree()).layer.diff_id.text(),
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");  // 1,024 zero bytes
}

// Design, section 6: hard links by first sorted path. Mode and owner are the file's, whatever the name.
TEST(LayerWriter, HardLinks) {
  const std::string long_name(150, 'n');
  FileTree tree;
  tree.add("usr/bin/perl5.36.0", hardlink("usr/bin/perl", 0755));
  tree.add("usr/bin/perl", file("program", 0755));
  tree.add(long_name, file("x"));
  tree.add(long_name + "2", hardlink(long_name));
  TextSource source(tar_of(tree));
  const test::TarListing listing = test::walk_tar(source);
  EXPECT_THAT(listing.violations, testing::IsEmpty());
  ASSERT_EQ(listing.entries.size(), 6U);
  EXPECT_EQ(listing.entries[1].target, long_name);
  EXPECT_EQ(listing.entries[5].type, '1');
  EXPECT_EQ(listing.entries[5].target, "usr/bin/perl");
  EXPECT_EQ(listing.entries[5].mode, 0755U);
  EXPECT_EQ(listing.entries[5].size, 0U);
}

TEST(LayerWriter, HardLinksNeedTheirFile) {
  const auto refused = [](const char* target, std::uint32_t mode) {
    FileTree tree;
    tree.add("a/file", file("x", 0755));
    tree.add("a/folder", directory(0755));
    tree.add("z", hardlink(target, mode));
    expect_error(ErrorKind::internal, "\"z\" is a hard link to", [&] { written(tree); });
  };
  refused("a/absent", 0755);
  refused("a/folder", 0755);
  refused("a/file", 0644);
}

TEST(LayerWriter, Hostile85_LocaleChangesNothing) {
  std::set<Digest> digests;
  for (const auto* locale : {"C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.ISO-8859-1"}) {
    if (std::setlocale(LC_ALL, locale) == nullptr) continue;  // not installed here
    digests.insert(written(sample_tree()).layer.descriptor.digest);
  }
  std::setlocale(LC_ALL, "C");
  EXPECT_EQ(digests.size(), 1U);
}

TEST(LayerWriter, OrderOfAddingAndThreadsChangeNothing) {
  FileTree one;
  one.add("a/b", file("1"));
  one.add("c", file(sample(5'000'000)));
  FileTree two;
  two.add("c", file(sample(5'000'000)));
  two.add("a/b", file("1"));
  const Digest expected = written(one).layer.descriptor.digest;
  for (const unsigned threads : {0U, 1U, 2U, 3U, 8U})
    EXPECT_EQ(written(two, {{}, 0, threads}).layer.descriptor.digest, expected);
}

TEST(LayerWriter, ContentThatChangedIsAConflict) {
  const std::pair<const char*, const char*> cases[] = {{"longer!", "longer than the 6"},
                                                       {"short", "5 of the 6"},
                                                       {"", "0 of the 6"},
                                                       {"twisty", "its digest is"}};
  for (const auto& item : cases) {
    FileEntry entry = file("before");
    entry.open = [content = std::string(item.first)] { return std::make_unique<TextSource>(content); };
    FileTree tree;
    tree.add("etc/file", entry);
    expect_error(ErrorKind::conflict, "\"etc/file\"", [&] { written(tree); });
    expect_error(ErrorKind::conflict, item.second, [&] { written(tree); });
  }
}

class StoppingSource final : public ByteSource {
 public:
  explicit StoppingSource(std::stop_source& stop) : stop_(stop) {}
  std::size_t read(MutableBytes buffer) override {
    stop_.request_stop();
    return buffer.size();
  }

 private:
  std::stop_source& stop_;
};

TEST(LayerWriter, StopsInTheMiddleOfAFile) {
  std::stop_source stop;
  FileEntry entry = file("x");
  entry.size = 1ULL << 40U;
  entry.open = [&] { return std::make_unique<StoppingSource>(stop); };
  FileTree tree;
  tree.add("endless", entry);
  CountingSink out;
  expect_error(ErrorKind::interrupted, "interrupted", [&] { write_layer(tree, {}, out, stop.get_token()); });
}

TEST(LayerWriter, Hostile204_IndependentTarReadsIt) {
  if (!std::filesystem::exists("/usr/bin/tar")) GTEST_SKIP() << "no tar here";
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  write_file(folder.path() / "layer.tar.gz", written(sample_tree()).bytes, AtomicFile::Durability::content);
  Command command;
  command.argv = {"/usr/bin/tar", "--quoting-style=c", "-tzf", "layer.tar.gz"};
  command.environment = {"LC_ALL=C", "PATH=/usr/bin:/bin"};
  command.directory = folder.path();
  const Outcome outcome = run(command, {});
  ASSERT_TRUE(outcome.succeeded()) << outcome.errors;
  EXPECT_THAT(outcome.output,
              testing::HasSubstr("\"etc/caf\\303\\251\"\n\"etc/empty\"\n\"etc/latin-\\351\"\n\"etc/ssl\"\n"));
  EXPECT_THAT(outcome.output, testing::HasSubstr('/' + std::string(200, 'n')));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 12);
}

class Zeros final : public ByteSource {
 public:
  explicit Zeros(std::uint64_t size) : left_(size) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    std::fill_n(buffer.begin(), count, std::byte());
    left_ -= count;
    return count;
  }

 private:
  std::uint64_t left_;
};

TEST(LayerWriter, Hostile204_AFileOf9GiB) {
  if (::getenv("WHITTLE_SLOW_TESTS") == nullptr)
    GTEST_SKIP() << "takes half a minute: set WHITTLE_SLOW_TESTS";
  static constexpr std::uint64_t size = 9ULL << 30U;
  FileEntry entry;
  entry.size = size;
  entry.open = [] { return std::make_unique<Zeros>(size); };
  Hasher hasher;
  Zeros zeros(size);
  pump(zeros, hasher);
  entry.content = hasher.finish();
  FileTree tree;
  tree.add("big", entry);
  CountingSink out;
  const Layer layer =
      write_layer(tree, {{Compression::Format::zstd, Compression::Level::fast}, 0, 2}, out, {});
  EXPECT_EQ(layer.uncompressed_size, size + 5 * 512);  // extended header, its record, header, two zero blocks
}

}  // namespace
}  // namespace whittle::layers
