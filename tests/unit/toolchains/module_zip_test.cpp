#include "toolchains/module_zip.hpp"

#include "tests/unit/toolchains/helpers.hpp"
#include "toolchains/module_hash.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using test::make_zip;
using test::open_bytes;
using test::ZipItem;
using test::ZipShape;
using testing::HasSubstr;

// What opening such a zip and reading all of it fails with.
std::string refusal(const std::string& zip, const ZipLimits& limits = {}) {
  return failure([&] {
    const ModuleZip module(open_bytes(zip), "m", "v1.0.0", limits);
    ZipReader reader;
    for (std::size_t i = 0; i < module.files().size(); ++i) module.read(i, reader);
  });
}
std::string refusal(const ZipItem& item, const ZipShape& shape = {}) {
  return refusal(make_zip({{"m@v1.0.0/a", "first"}, item, {"m@v1.0.0/z", "last"}}, shape));
}
ZipItem item(std::string content = "content") {
  return {"m@v1.0.0/file", std::move(content)};
}

TEST(ModuleZip, GivesItsFiles) {
  auto stored = item();
  stored.deflated = false;
  auto sized = ZipItem{"m@v1.0.0/dir/empty", ""};
  sized.descriptor = false;
  auto bare = ZipItem{"m@v1.0.0/dir/Ünï", std::string(100'000, 'x')};
  bare.descriptor_signature = false;
  const auto zip = make_zip({stored, sized, bare});
  const ModuleZip module(open_bytes(zip), "m", "v1.0.0");
  EXPECT_EQ(module.size(), zip.size());
  ASSERT_EQ(module.files().size(), 3U);
  ZipReader reader;
  EXPECT_EQ(as_text(module.read(0, reader)), "content");
  EXPECT_EQ(as_text(module.read(1, reader)), "");
  EXPECT_EQ(as_text(module.read(2, reader)), bare.content);
  EXPECT_EQ(module.files()[2].name, "dir/Ünï");
  EXPECT_EQ(refusal(make_zip({item()}, {.wide = true})), "no error");
}

TEST(ModuleZip, HasTheHashThatGoComputes) {
  const auto zip = test::make_module_zip("m", "v1.0.0", {{"b", "two\n"}, {"a", "one\n"}});
  // What sha256sum prints for the two files, sorted, through `openssl dgst -sha256 -binary | base64`.
  constexpr auto expected = "h1:lfux8rRh9FqZDMaF2rWqev9NgFiqFDbT2Th7n50Wjac=";
  EXPECT_EQ(test::hash_of_zip(zip, "m", "v1.0.0"), expected);
  EXPECT_TRUE(is_module_hash(expected));
  EXPECT_FALSE(is_module_hash("h1:"));
  EXPECT_FALSE(is_module_hash(Digest::of("").text()));
}

TEST(ModuleZip, Hostile55_NamesOutsideTheModule) {
  for (const auto* name :
       {"m@v1.0.0/../x", "m@v1.0.0/a/../../x", "/etc/passwd", "m@v1.0.0//x", "m@v1.0.0/./x", "m@v1.0.1/x",
        "x", "m@v1.0.0", "m@v1.0.0/a\\b", "m@v1.0.0/a\nb", "m@v1.0.0/\x7f", "m@v1.0.0/\xff", "M@v1.0.0/x",
        "m@v1.0.0/sub/go.mod", "m@v1.0.0/GO.MOD"})
    EXPECT_THAT(refusal(ZipItem{name, "x"}), testing::StartsWith("integrity: the zip's entry ")) << name;
  EXPECT_THAT(refusal(ZipItem{std::string("m@v1.0.0/a\0b", 12), "x"}),
              HasSubstr("an entry without a proper name"));
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/" + std::string(256, 'n'), "x"}),
              HasSubstr("has a name that no file of a module has"));
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/" + std::string(5000, 'n'), "x"}), testing::StartsWith("limit: "));
}

TEST(ModuleZip, Hostile55_NamesThatCollide) {
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/a", "again"}), HasSubstr("collides with \"a\""));
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/A", "again"}), HasSubstr("collides with \"a\""));
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/a/b", "below a file"}), HasSubstr("collides with \"a\""));
  EXPECT_THAT(refusal(make_zip({{"m@v1.0.0/d/x", ""}, {"m@v1.0.0/D/y", ""}})),
              HasSubstr("collides with \"d\""));
  EXPECT_THAT(refusal(make_zip({{"m@v1.0.0/d/x", ""}, {"m@v1.0.0/d", ""}})), HasSubstr("collides"));
}

TEST(ModuleZip, Hostile55_Hostile263_OnlyRegularFiles) {
  for (const std::uint32_t type : {0120000U, 0040000U, 0020000U, 0060000U, 0010000U, 0140000U}) {
    auto other = item();
    other.attributes = (type | 0777U) << 16U;
    EXPECT_THAT(refusal(other), HasSubstr("is no regular file")) << type;
  }
  EXPECT_THAT(refusal(ZipItem{"m@v1.0.0/folder/", ""}), HasSubstr("is no regular file"));
  auto dos = item();
  dos.made_by = 0;
  dos.attributes = 0x10;
  EXPECT_THAT(refusal(dos), HasSubstr("is no regular file"));
}

TEST(ModuleZip, Hostile55_HeadersThatDisagree) {
  const auto lying = [](const auto& lie) {
    auto liar = item();
    lie(liar);
    return refusal(liar);
  };
  EXPECT_THAT(lying([](auto& i) { i.local_name = "m@v1.0.0/evil"; }),
              HasSubstr("has another header than the directory says"));
  EXPECT_THAT(lying([](auto& i) { i.local_name = "m@v1.0.0/fil"; }),
              HasSubstr("has another header than the directory says"));
  EXPECT_THAT(lying([](auto& i) { i.local_method = 0; }),
              HasSubstr("has another header than the directory says"));
  EXPECT_THAT(lying([](auto& i) { i.local_size = 6; }),
              HasSubstr("has another header than the directory says"));
  EXPECT_THAT(lying([](auto& i) {
                i.descriptor = false;
                i.local_size = 8;
              }),
              HasSubstr("has another header"));
  EXPECT_THAT(lying([](auto& i) { i.descriptor_crc = 1; }), HasSubstr("is not followed by the next one"));
  EXPECT_THAT(lying([](auto& i) { i.offset = 0; }), HasSubstr("is not where the one before it ends"));
  EXPECT_THAT(lying([](auto& i) { i.offset = 0xfffffff0; }), testing::StartsWith("integrity: "));
  EXPECT_THAT(lying([](auto& i) { i.packed_size = 4000; }), testing::StartsWith("integrity: "));
}

TEST(ModuleZip, Hostile55_ContentThatIsNotAsStated) {
  auto wrong = item();
  wrong.crc = 7;
  EXPECT_THAT(refusal(wrong), HasSubstr("has another checksum than it says"));
  for (const std::uint32_t size : {0U, 6U, 8U, 100U}) {
    auto liar = item();
    liar.size = size;
    EXPECT_THAT(refusal(liar), HasSubstr("does not unpack to the size it says")) << size;
  }
  auto stored = item();
  stored.deflated = false;
  stored.size = 3;
  EXPECT_THAT(refusal(stored), HasSubstr("is stored, but in another size"));
  // Bytes behind the end of the deflated data, within what the entry says to be its own.
  auto padded = ZipItem{"m@v1.0.0/file", std::string("\x03\x00junk", 6)};
  padded.deflated = false;
  padded.method = 8;
  padded.size = 0;
  padded.crc = 0;
  EXPECT_THAT(refusal(padded), HasSubstr("does not unpack to the size it says"));
}

TEST(ModuleZip, Hostile55_BytesThatBelongToNoEntry) {
  auto followed = item();
  followed.behind = "x";
  EXPECT_THAT(refusal(followed), HasSubstr("is not followed by the next one"));
  auto hidden = ZipItem{"m@v1.0.0/hidden", "hidden"};
  hidden.hidden = true;
  EXPECT_THAT(refusal(hidden), HasSubstr("is not followed by the next one"));
  EXPECT_THAT(refusal(item(), {.front = "#!/bin/sh\n"}), HasSubstr("is not where the one before it ends"));
  EXPECT_THAT(refusal(item(), {.middle = "x"}), HasSubstr("is not followed by the next one"));
  EXPECT_THAT(refusal(item(), {.end = "x"}), HasSubstr("is no zip, or something follows it"));
  EXPECT_THAT(refusal(item(), {.comment = "c"}), HasSubstr("is no zip, or something follows it"));
}

TEST(ModuleZip, Hostile55_UnusualForms) {
  auto encrypted = item();
  encrypted.flags = 1;
  EXPECT_THAT(refusal(encrypted), testing::StartsWith("unsupported: "));
  auto packed = item();
  packed.method = 12;
  EXPECT_THAT(refusal(packed), HasSubstr("is compressed by the method 12"));
  EXPECT_THAT(refusal(item(), {.disk = 1}), HasSubstr("is one of several disks"));
  EXPECT_THAT(refusal(item(), {.entries = 2}), HasSubstr("another number of entries"));
  EXPECT_THAT(refusal(item(), {.entries = 4}), HasSubstr("another number of entries"));
  EXPECT_THAT(refusal(make_zip({})), HasSubstr("has no entries"));
  EXPECT_THAT(refusal("<html>not a zip</html>"), HasSubstr("is no zip"));
  EXPECT_THAT(refusal(""), HasSubstr("is no zip"));
}

TEST(ModuleZip, Hostile55_Limits) {
  ZipLimits limits;
  limits.entry = 6;
  EXPECT_THAT(refusal(make_zip({item()}), limits), testing::StartsWith("limit: "));
  limits = {};
  limits.total = 10;
  EXPECT_THAT(refusal(make_zip({item(), {"m@v1.0.0/b", "content"}}), limits), testing::StartsWith("limit: "));
  limits = {};
  limits.entries = 1;
  EXPECT_THAT(refusal(make_zip({item(), {"m@v1.0.0/b", "content"}}), limits), testing::StartsWith("limit: "));
  limits = {};
  limits.file = 100;
  EXPECT_THAT(refusal(make_zip({item()}), limits), testing::StartsWith("limit: "));
  auto bomb = item();
  bomb.size = 0x80000000U;
  EXPECT_THAT(refusal(make_zip({bomb})), testing::StartsWith("limit: "));
}

// Wherever a zip is cut, nothing is believed.
TEST(ModuleZip, Hostile263_Truncated) {
  const auto zip = make_zip({item(), {"m@v1.0.0/b", "content"}});
  for (std::size_t size = 0; size < zip.size(); ++size)
    EXPECT_NE(refusal(zip.substr(0, size)), "no error") << size;
}

}  // namespace
}  // namespace whittle::toolchains
