#include "tests/support/image_validator.hpp"

#include "layers/tar_header.hpp"
#include "tests/unit/layers/image_parts.hpp"
#include "tests/unit/layers/tar_pieces.hpp"

namespace whittle::test {
namespace {

using layers::Descriptor;
using layers::Document;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ImageValidator, PassesAGoodImage) {
  EXPECT_THAT(ImageParts().judged(), IsEmpty());
}

TEST(ImageValidator, PassesAGoodIndex) {
  ImageParts parts;
  Descriptor child = parts.manifest().descriptor();
  child.platform = parts.config.platform;
  Document index = layers::write_index({std::string(layers::media_type::oci_index), {child}});
  parts.image.set_root(index);
  EXPECT_THAT(violations(parts.image), IsEmpty());
  child.platform = layers::Platform::parse("linux/arm64");
  index = layers::write_index({std::string(layers::media_type::oci_index), {child, child}});
  parts.image.set_root(index);
  EXPECT_THAT(violations(parts.image), Contains(HasSubstr("two children")));
  EXPECT_THAT(violations(parts.image),
              Contains(HasSubstr("listed for linux/arm64 but made for linux/amd64")));
}

TEST(ImageValidator, NoticesSpoiltBlobs) {
  ImageParts parts;
  parts.image.corrupt(parts.layers[0].digest, "something else");
  EXPECT_THAT(parts.judged(), Contains(HasSubstr("layer 0: it ends after 14")));
  parts.image.remove(parts.layers[0].digest);
  EXPECT_THAT(parts.judged(), Contains(HasSubstr("is not there")));
}

TEST(ImageValidator, NoticesWrongDiffIds) {
  ImageParts parts;
  std::swap(parts.config.diff_ids[0], parts.config.diff_ids[1]);
  EXPECT_THAT(parts.judged(),
              ElementsAre(HasSubstr("layer 0: does not have its diffID"), HasSubstr("layer 1: does not")));
  parts.config.diff_ids.pop_back();
  EXPECT_THAT(parts.judged(), Contains(HasSubstr("1 diff_ids but 2 history")));
  parts.config.history.clear();
  EXPECT_THAT(parts.judged(), Contains(HasSubstr("2 layers but 1 diff_ids")));
}

TEST(ImageValidator, NoticesWrongMediaTypes) {
  ImageParts parts;
  parts.layers[0].media_type = layers::media_type::oci_layer_zstd;
  EXPECT_THAT(parts.judged(), Contains(HasSubstr("not what its media type")));
}

TEST(ImageValidator, NoticesJsonThatIsNotCanonical) {
  ImageParts parts;
  const Document good = parts.manifest();
  const Document bad(good.media_type, good.bytes + "\n");
  parts.image.set_root(bad);
  EXPECT_THAT(violations(parts.image), ElementsAre(HasSubstr("not canonical")));
  EXPECT_THAT(violations(parts.image, {{bad.digest}}), IsEmpty());
}

TEST(ImageValidator, RulesForOurTarsOnly) {
  ImageParts parts;
  const std::string zeros(10240, '\0');  // as other tools pad
  parts.layers.push_back(parts.image.add_blob(std::string(layers::media_type::oci_layer), zeros));
  parts.config.diff_ids.push_back(Digest::of(zeros));
  parts.config.history.emplace_back();
  EXPECT_THAT(parts.judged(), ElementsAre(HasSubstr("layer 2: entry 1: there are bytes behind")));
  EXPECT_THAT(parts.judged({{parts.layers[2].digest}}), IsEmpty());
}

std::string header(const std::string& path, char type = '0') {
  layers::TarHeader result;
  result.path = path;
  result.type = type;
  result.mode = type == '2' ? 0777 : 0644;
  if (type == '1' || type == '2') result.target = "x";
  return layers::tar_header(result);
}

TEST(TarWalker, NoticesPlantedViolations) {
  const std::string end(1024, '\0');
  const std::pair<std::string, const char*> cases[] = {
      {header("a") + header("a") + end, "it is there twice"},
      {header("b") + header("a") + end, "not sorted"},
      {header("a/b") + end, "parent"},
      {header("/a") + end, "absolute"},
      {header("./a") + end, "normal form"},
      {header("a/", '0') + end, "slash"},
      {header("a", '5') + end, "slash"},
      {header("a", '1') + end, "does not come before it"},
      {header("x/", '5') + header("y", '1') + end, "does not come before it"},
      {patched(header("x"), 100, "0000755") + header("y", '1') + end, "mode and owner"},
      {patched(header("a", '1'), 157, std::string_view("\0", 1)) + end, "links have a target"},
      {header("a", '3') + end, "type is not allowed"},
      {patched(header("a"), 265, "root") + end, "user or group name"},
      {patched(header("a"), 297, "root") + end, "user or group name"},
      {patched(header("a"), 329, "0000001") + end, "device"},
      {patched(header("l", '2'), 100, "0000644") + end, "0777"},
      {patched(header("a"), 257, "ustar  ") + end, "not ustar"},
      {patched(header("a"), 136, "00000000001") + header("b") + end, "time"},
      {header("a").replace(0, 1, "b") + end, "checksum"},
      {patched(header("a"), 124, "00000000005") + "12345" + std::string(506, '\0') + "x" + end, "padding"},
      {patched(header("d/", '5'), 124, "00000000005") + std::string(512, '\0') + end, "only files"},
      {record_header("18 SCHILY.xattr=x\n") + header("a") + end, "not allowed"},
      {record_header("10 path=b\n") + header("a") + end, "not needed"},
      {record_header("9 uid=12\n") + header("a") + end, "not needed"},
      {record_header("11 mtime=1\n") + header("a") + end, "not needed"},
      {record_header("99 path=b\n") + header("a") + end, "malformed"},
      {record_header("x path=b\n") + header("a") + end, "malformed"},
      {header("a"), "missing"},
      {header("a") + end.substr(512), "second zero block"},
      {header("a") + end + end, "bytes behind"},
      {header("a") + end + "x", "end at a block"}};
  EXPECT_THAT(tar_violations(header("a") + header("d/", '5') + header("d/l", '2') + end), IsEmpty());
  EXPECT_THAT(tar_violations(header("x") + header("y", '1') + end), IsEmpty());
  for (const auto& item : cases) EXPECT_THAT(tar_violations(item.first), Contains(HasSubstr(item.second)));
}

}  // namespace
}  // namespace whittle::test
