#include "slimming/recompress.hpp"

#include "layers/media_types.hpp"
#include "tests/unit/slimming/helpers.hpp"

namespace whittle::slimming {
namespace {

using test::tar_of;

class Recompress : public test::SlimTest {
 protected:
  Recompress() { options_.recompress = true; }
  // An image whose layers are stored uncompressed.
  static test::MemoryImage plain() {
    test::ImageMaker maker;
    maker.compression = {layers::Compression::Format::none};
    maker.tars = {tar_of({{"tmp/a", std::string(100'000, 'x')}}), tar_of({{"b", "1"}})};
    return maker.image();
  }
};

TEST_F(Recompress, ContentsAndDiffIdsStay) {
  auto image = plain();
  const auto result = slimmed(image);
  EXPECT_EQ(layers_of(*result.image), layers_of(image));
  EXPECT_EQ(config_of(*result.image), config_of(image));
  const auto& sizes = result.platforms[0];
  EXPECT_LT(sizes.size_after.compressed, sizes.size_before.compressed / 10);
  EXPECT_EQ(sizes.size_after.uncompressed, sizes.size_before.uncompressed);
}

TEST_F(Recompress, OnlyWhereThatIsSmaller) {
  auto image = plain();
  const auto once = slimmed(image);
  const auto twice = slimmed(*once.image);
  EXPECT_FALSE(twice.changed);
  EXPECT_EQ(twice.image->root().digest, once.image->root().digest);
}

TEST_F(Recompress, AFormatThatIsAskedForIsGivenWhateverTheSize) {
  options_.format = layers::Compression::Format::gzip;
  test::ImageMaker maker;
  maker.compression = {layers::Compression::Format::zstd, layers::Compression::Level::smallest};
  maker.tars = {tar_of({{"a", std::string(100'000, 'x')}})};
  auto image = maker.image();
  const auto layer = layers::parse_manifest(slimmed(image).image->root(), "it").layers.at(0);
  EXPECT_EQ(layer.media_type, layers::media_type::oci_layer_gzip);
}

}  // namespace
}  // namespace whittle::slimming
