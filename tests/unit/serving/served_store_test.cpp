#include "serving/served_store.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"

namespace whittle::serving {
namespace {

namespace fs = std::filesystem;
using registry::Layout;

class ServedStoreTest : public testing::Test {
 protected:
  layers::Descriptor put(const std::string& text, const std::string& name) {
    const layers::Document document(std::string(layers::media_type::oci_manifest), text);
    layout_.put_blob(document.bytes, document.digest);
    layout_.set(name, document.descriptor());
    return document.descriptor();
  }
  static std::string manifest(const std::string& note) {
    return R"({"annotations":{"note":")" + note + R"("},"config":{"digest":"sha256:)" + std::string(64, '1') +
           R"(","mediaType":"application/vnd.oci.image.config.v1+json","size":1},"layers":[],)"
           R"("mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2})";
  }
  TemporaryFolder folder_{fs::temp_directory_path()};
  Layout layout_ = Layout::open_or_create(folder_.path() / "images", AtomicFile::Durability::content);
};

TEST_F(ServedStoreTest, NamesBecomeRepositoriesAndTags) {
  for (const auto* name :
       {"1.4", "shop/api:2", "host.example/shop/api:3", "localhost:5000/x:1", "hello", "Not/A:tag!", "x/y"})
    put(manifest(name), name);
  ServedStore store(layout_, "images");
  std::vector<std::string> names;
  for (const auto& [repository, tags] : store.listing()->repositories)
    for (const auto& [tag, descriptor] : tags) names.push_back(repository + ":" + tag);
  EXPECT_THAT(names, testing::ElementsAre("images:1.4", "images:hello", "shop/api:2", "shop/api:3", "x:1",
                                          "x/y:latest"));
}

TEST_F(ServedStoreTest, SeesWhatIsAddedLater) {
  ServedStore store(layout_, "images");
  EXPECT_TRUE(store.listing()->repositories.at("images").empty());
  const auto added = put(manifest("a"), "1");
  EXPECT_EQ(store.listing()->repositories.at("images").at("1").digest, added.digest);
  EXPECT_EQ(store.document(added.digest)->bytes, manifest("a"));
}

TEST_F(ServedStoreTest, ALayerIsNoDocumentAndWhatIsAbsentIsNothing) {
  const auto layer = Digest::of("not a document");
  layout_.put_blob("not a document", layer);
  ServedStore store(layout_, "images");
  EXPECT_FALSE(store.document(layer));
  EXPECT_EQ(store.blob(layer)->size, 14U);
  EXPECT_FALSE(store.blob(Digest::of("absent")));
  EXPECT_FALSE(store.document(Digest::of("absent")));
}

TEST_F(ServedStoreTest, GivesNothingAwayThatContradictsItsDigestAlsoWhenItDoesLater) {
  const auto digest = Digest::of("content");
  layout_.put_blob("content", digest);
  ServedStore store(layout_, "images");
  EXPECT_TRUE(store.blob(digest));
  write_file(folder_.path() / "images/blobs/sha256" / digest.hex(), "changed",
             AtomicFile::Durability::content);
  EXPECT_THAT(test::failure([&] { store.blob(digest); }), testing::StartsWith("integrity: "));
}

TEST(RepositoryName, IsMadeOfAnyText) {
  EXPECT_EQ(repository_named("My Images_2"), "my-images-2");
  EXPECT_EQ(repository_named("---"), "images");
  EXPECT_TRUE(is_repository("shop/api"));
  for (const auto* name : {"", "A", "a//b", "a:1", "../a", "a/", "a@b"})
    EXPECT_FALSE(is_repository(name)) << name;
}

}  // namespace
}  // namespace whittle::serving
