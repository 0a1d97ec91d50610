#include "optimizer/content_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/layout_image.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::optimizer {
namespace {

namespace fs = std::filesystem;
namespace type = layers::media_type;
using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

// Images of one layer in memory, or in a layout, which verifies what it reads.
class ContentCheck : public testing::Test {
 protected:
  layers::Document image_with(const layers::Descriptor& layer) {
    const auto config = memory_.add_blob(std::string(type::oci_config), "{}");
    const auto manifest = layers::write_manifest({std::string(type::oci_manifest), config, {layer}});
    memory_.add_document(manifest);
    return manifest;
  }
  layers::Descriptor layer(const std::string& text) {
    return memory_.add_blob(std::string(type::oci_layer), text);
  }
  std::string checked(const layers::Document& root) { return check_content(memory_, root, 2, {}); }
  // The same read from a layout whose blob of that digest has other bytes.
  std::string checked_with(const layers::Document& root, const layers::Descriptor& layer,
                           const std::string& bytes) {
    const TemporaryFolder folder(fs::temp_directory_path());
    const auto place = folder.path() / "layout";
    registry::LayoutDestination to(place, AtomicFile::Durability::content, "", {}, "the layout");
    to.put_root(root, {"1"});
    for (const auto& text : {std::string("{}"), std::string("a layer")})
      write_file(place / "blobs" / "sha256" / Digest::of(text).hex(), text, AtomicFile::Durability::content);
    write_file(place / "blobs" / "sha256" / layer.digest.hex(), bytes, AtomicFile::Durability::content);
    registry::LayoutSource from(registry::Layout::open(place), {std::string("1"), {}}, "the layout");
    return failure([&] { check_content(from, root, 2, {}); });
  }

  test::MemoryImage memory_;
};

TEST_F(ContentCheck, SaysHowMuchWasRead) {
  EXPECT_EQ(checked(image_with(layer("a layer"))),
            "1 document and 2 blobs, 9 B, are what their digests and sizes say");
}

TEST_F(ContentCheck, ReadsEachImageOfAnIndex) {
  layers::Index index{std::string(type::oci_index),
                      {image_with(layer("one")).descriptor(), image_with(layer("two")).descriptor()}};
  const auto root = layers::write_index(index);
  EXPECT_THAT(checked(root), StartsWith("3 documents and 3 blobs"));
  memory_.remove(Digest::of("two"));
  EXPECT_THAT(failure([&] { checked(root); }), StartsWith("integrity: the image is not complete: "));
}

TEST_F(ContentCheck, WhatIsNotThereIsSaid) {
  const auto gone = layer("a layer");
  const auto root = image_with(gone);
  memory_.remove(gone.digest);
  EXPECT_THAT(failure([&] { checked(root); }),
              StartsWith("integrity: the image is not complete: " + gone.digest.text()));
}

TEST_F(ContentCheck, ABlobOfOtherBytesOrAnotherSizeIsSaid) {
  const auto one = layer("a layer");
  const auto root = image_with(one);
  EXPECT_EQ(checked_with(root, one, "a layer"), "no error");
  for (const auto* bytes : {"a lager", "a laye", "a layers"})
    EXPECT_THAT(checked_with(root, one, bytes), StartsWith("integrity: ")) << bytes;
}

TEST_F(ContentCheck, LayersThatAreKeptElsewhereAreCounted) {
  auto elsewhere = layer("a layer");
  elsewhere.media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  elsewhere.urls = {"https://example.com/layer"};
  const auto root = image_with(elsewhere);
  memory_.remove(elsewhere.digest);
  EXPECT_THAT(checked(root), HasSubstr("; 1 layer kept elsewhere and not read"));
}

}  // namespace
}  // namespace whittle::optimizer
