#include "builder/remote_layers.hpp"

#include <gmock/gmock.h>

#include "layers/layer_writer.hpp"
#include "tests/support/thrown_error.hpp"
#include "tests/unit/remote/served.hpp"

namespace whittle::builder {
namespace {

class RemoteLayersTest : public testing::Test {
 protected:
  void SetUp() override {
    layers::FileTree tree;
    layers::FileEntry entry;
    entry.size = 5;
    entry.content = Digest::of("hello");
    entry.open = [] { return std::make_unique<TextSource>("hello"); };
    tree.add("a/b", entry);
    TextSink sink(1U << 20U, "a layer");
    layer_ = layers::write_layer(tree, {}, sink, {});
    bytes_ = sink.take();
    keep();
  }

  void keep() { served_.fake.blobs.insert_or_assign(remote::id_of(bytes_), bytes_); }
  std::string read() { return read_all(*layers_.open_blob(layer_->descriptor), 1U << 20U, "a layer"); }
  void add(RemoteLayers::Restore restore = [] { FAIL(); }) {
    layers_.add(*layer_, served_.storage, std::move(restore));
  }

  TemporaryFolder work_{std::filesystem::temp_directory_path()};
  test::Served served_ = test::Served();
  registry::Layout store_ =
      registry::Layout::open_or_create(work_.path() / "store", AtomicFile::Durability::content);
  RemoteLayers layers_{store_, {}, {}};
  std::optional<layers::Layer> layer_;
  std::string bytes_;
};

TEST_F(RemoteLayersTest, AreFetchedOnce) {
  add();
  EXPECT_EQ(read(), bytes_);
  EXPECT_EQ(read(), bytes_);
  EXPECT_EQ(served_.fake.count("open"), 1U);
  EXPECT_TRUE(store_.has_blob(layer_->descriptor.digest, bytes_.size()));
}

TEST_F(RemoteLayersTest, WithAnotherDiffIdAreRefusedAndNotKept) {
  layer_->diff_id = Digest::of("another tar");
  add();
  const auto error = test::failure_of([&] { read(); });
  EXPECT_EQ(error.kind(), ErrorKind::integrity);
  EXPECT_THAT(error.message(), testing::HasSubstr(Digest::of("another tar").text()));
  EXPECT_FALSE(store_.has_blob(layer_->descriptor.digest, bytes_.size()));
}

TEST_F(RemoteLayersTest, OfAnotherSizeUnpackedAreRefused) {
  ++layer_->uncompressed_size;
  add();
  EXPECT_EQ(test::failure_of([&] { read(); }).kind(), ErrorKind::integrity);
}

TEST_F(RemoteLayersTest, WithOtherBytesAreRefused) {
  served_.fake.blobs.begin()->second.back() ^= 1;
  add();
  EXPECT_EQ(test::failure_of([&] { read(); }).kind(), ErrorKind::integrity);
  EXPECT_FALSE(store_.has_blob(layer_->descriptor.digest, bytes_.size()));
}

TEST_F(RemoteLayersTest, ThatTheServerLostAreMadeAgain) {
  served_.fake.blobs.clear();
  add([this] { keep(); });
  EXPECT_EQ(read(), bytes_);
}

TEST_F(RemoteLayersTest, ThatCannotBeMadeAgainAreMissing) {
  served_.fake.blobs.clear();
  add([] {});
  EXPECT_EQ(test::failure_of([&] { read(); }).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace whittle::builder
