// Layouts and the store as places.
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

class AccessTest : public PlaceTest {};

TEST_F(AccessTest, CopiesIntoALayoutAndBack) {
  auto image = make_image();
  const auto out = "oci:" + (path() / "out").string();
  const auto result = copy(image, *destination(out), {"1.4", "latest"});
  EXPECT_EQ(result.blobs_sent, 3U);
  EXPECT_EQ(result.root.digest, image.root().digest);
  const auto back = source(out + ":1.4");
  EXPECT_EQ(back->root().bytes, image.root().bytes);
  const auto manifest = layers::parse_manifest(back->root(), "m");
  for (const auto& layer : manifest.layers) EXPECT_EQ(read_blob(*back, layer), read_blob(image, layer));
}

TEST_F(AccessTest, TheStoreHasNamesAndTags) {
  auto image = make_image();
  auto other = make_image("two");
  copy(image, *destination("local:api"), {"latest"});
  copy(other, *destination("local:shop/api"), {"latest", "2"});
  EXPECT_EQ(source("local:api")->root().digest, image.root().digest);
  EXPECT_EQ(source("local:api:latest")->root().digest, image.root().digest);
  EXPECT_EQ(source("local:shop/api:2")->root().digest, other.root().digest);
  const auto error =
      expect_error(ErrorKind::not_found, "local:api:9", [&] { source("local:api:9")->root(); });
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("shop/api:2"));
}

TEST_F(AccessTest, AnEmptyStoreHasNothing) {
  expect_error(ErrorKind::not_found, "local:api", [&] { source("local:api")->root(); });
  expect_error(ErrorKind::not_found, "there is no image layout",
               [&] { source("oci:" + (path() / "x").string()); });
}

TEST_F(AccessTest, ADigestDecides) {
  auto image = make_image();
  auto other = make_image("two");
  const auto out = "oci:" + (path() / "out").string();
  copy(image, *destination(out), {"a"});
  copy(other, *destination(out), {"b"});
  const auto pin = "@" + image.root().digest.text();
  EXPECT_EQ(source(out + pin)->root().digest, image.root().digest);
  EXPECT_EQ(source(out + ":b" + pin)->root().digest, image.root().digest);
  expect_error(ErrorKind::not_found, "not in", [&] { source(out + "@" + Digest::of("x").text())->root(); });
  expect_error(ErrorKind::integrity, "accepts", [&] { copy(other, *destination(out + ":a" + pin), {"a"}); });
  EXPECT_EQ(source(out + ":a")->root().digest, image.root().digest);
}

TEST_F(AccessTest, WithoutATagTheImageIsListedUnnamed) {
  auto image = make_index({"amd64", "arm64"});
  const auto out = "oci:" + (path() / "out").string();
  copy(image, *destination(out));
  EXPECT_EQ(source(out)->root().digest, image.root().digest);
}

TEST_F(AccessTest, Hostile210_ALostBlobIsCopiedAgain) {
  auto image = make_image();
  const auto out = "oci:" + (path() / "out").string();
  copy(image, *destination(out), {"a"});
  EXPECT_EQ(copy(image, *destination(out), {"a"}).blobs_present, 0U);  // nothing was looked at
  const auto layer = layers::parse_manifest(image.root(), "m").layers[0];
  std::filesystem::remove(path() / "out/blobs/sha256" / layer.digest.hex());
  const auto result = copy(image, *destination(out), {"a"});
  EXPECT_EQ(result.blobs_sent, 1U);
  EXPECT_EQ(result.blobs_present, 2U);
  EXPECT_EQ(result.bytes_sent, layer.size);
}

}  // namespace
}  // namespace whittle::test
