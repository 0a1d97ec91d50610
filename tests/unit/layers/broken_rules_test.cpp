// Each rule of docs/determinism.md for the bytes of layers and documents is broken once, in what whittle
// itself has made, and whoever checks all that whittle makes has to notice and to name it (hostile case 268).
#include <zlib.h>

#include <functional>

#include "tests/support/json_walker.hpp"
#include "tests/unit/layers/image_parts.hpp"
#include "tests/unit/layers/tar_pieces.hpp"

namespace whittle::test {
namespace {

using layers::Compression;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Format = Compression::Format;
using Level = Compression::Level;

const std::string deep = std::string(20, 'p') + '/' + std::string(30, 'q') + '/' + std::string(90, 'n');
const std::string in_bytes = std::string(200, 'x') + "\xe9";

// Something of everything that a layer can hold.
std::string good_tar() {
  layers::FileTree tree;
  tree.add("d/file", file(sample(700)));
  tree.add("d/link", symlink("file"));
  tree.add("e", hardlink("d/file"));
  layers::FileEntry owned = file("owned");
  owned.uid = owned.gid = 3'000'000;
  tree.add("f", owned);
  tree.add(deep, file("two slashes to cut it at"));
  tree.add(in_bytes, file("a name that is not UTF-8"));
  return tar_of(tree);
}

struct TarCase {
  const char* rule;
  const char* noticed;
  std::function<void(TarPieces&)> break_it;
};

// Puts an extended header before an entry that has none.
std::function<void(TarPieces&)> with_records(const std::string& records) {
  return [records](TarPieces& tar) { tar.of("d/file").insert(0, record_header(records)); };
}

const std::vector<TarCase>& order_and_fields() {
  static const std::vector<TarCase> cases = {
      {"sorted paths", "not sorted", [](TarPieces& tar) { std::swap(tar.of("d/file"), tar.of("d/link")); }},
      {"sorted by bytes, not by a locale", "not sorted", [](TarPieces& tar) { tar.patch("f", 0, "F"); }},
      {"parents before children", "parent does not come before it",
       [](TarPieces& tar) { std::rotate(tar.entries.begin(), tar.entries.begin() + 1, tar.entries.end()); }},
      {"each once", "there twice",
       [](TarPieces& tar) { tar.entries.insert(tar.entries.begin() + 1, tar.entries[1]); }},
      {"no user names", "user or group name", [](TarPieces& tar) { tar.patch("d/file", 265, "root"); }},
      {"no group names", "user or group name", [](TarPieces& tar) { tar.patch("d/file", 297, "root"); }},
      {"owners are octal numbers", "has no NUL at its end",
       [](TarPieces& tar) { tar.patch("d/file", 108, std::string_view("\x80\0\0\0\0\0\0\1", 8)); }},
      {"numbers fill their field", "not octal", [](TarPieces& tar) { tar.patch("d/file", 100, " 644 \0 "); }},
      {"modes are permission bits", "more than permission bits",
       [](TarPieces& tar) { tar.patch("d/file", 100, "0100644"); }},
      {"modes of symbolic links", "not 0777", [](TarPieces& tar) { tar.patch("d/link", 100, "0000755"); }},
      {"modes of hard links", "not the mode and owner",
       [](TarPieces& tar) { tar.patch("e", 100, "0000755"); }},
      {"one time", "its time is not the others'",
       [](TarPieces& tar) { tar.patch("d/file", 136, "00000000001"); }},
      {"no device numbers", "device number", [](TarPieces& tar) { tar.patch("d/file", 337, "0000001"); }},
      {"no devices", "type is not allowed", [](TarPieces& tar) { tar.patch("d/file", 156, "3"); }},
      {"ustar", "not ustar", [](TarPieces& tar) { tar.patch("d/file", 257, "ustar  "); }},
      {"no long names of GNU's", "type is not allowed",
       [](TarPieces& tar) { tar.patch("d/link", 156, "L"); }},
      {"no global headers", "type is not allowed", [](TarPieces& tar) { tar.patch("d/link", 156, "g"); }},
      {"no contiguous files", "type is not allowed", [](TarPieces& tar) { tar.patch("d/file", 156, "7"); }},
      {"nothing behind a name", "bytes behind the end of the text",
       [](TarPieces& tar) { tar.patch("d/file", 50, "x"); }},
      {"nothing behind the fields", "behind the fields",
       [](TarPieces& tar) { tar.patch("d/file", 508, "tar"); }},
      {"nothing in the padding of a content", "padding",
       [](TarPieces& tar) { tar.of("d/file").back() = 'x'; }},
      {"a path is cut at the last slash that fits", "cut at another slash",
       [](TarPieces& tar) {
         std::string& entry = tar.entries[tar.entries.size() - 2];
         std::string fields(257, '\0');
         const auto slash = deep.find('/');
         const std::string name = deep.substr(slash + 1);  // too long: what does not fit goes to the prefix
         entry = patched(entry, 0, std::string(name, 0, 100));
         entry = patched(entry, 345, deep.substr(0, slash) + std::string(31, '\0'));
       }},
  };
  return cases;
}

// Makes the first entry's file the link, and the link the file.
void swap_link_and_file(TarPieces& tar) {
  std::string& file = tar.of("d/file");
  std::string& link = tar.of("e");
  const std::string content = file.substr(512);
  const std::string size = file.substr(124, 11);
  file = patched(patched(patched(file.substr(0, 512), 156, "1"), 157, "e"), 124, octal(0));
  link = patched(patched(patched(link, 156, "0"), 157, std::string(6, '\0')), 124, size) + content;
}

const std::vector<TarCase>& headers_and_ends() {
  static const std::vector<TarCase> cases = {
      {"hard links by first sorted path", "does not come before it", swap_link_and_file},
      {"no record for a path that fits", "record path was not needed", with_records(record("path=d/file"))},
      {"no record for a time that fits", "record mtime was not needed", with_records(record("mtime=0"))},
      {"no fractions of a second", "record mtime is no plain number", with_records(record("mtime=0.5"))},
      {"no record for an owner that fits", "record uid was not needed", with_records(record("uid=0"))},
      {"no record for a size that fits", "record size was not needed", with_records(record("size=700"))},
      {"no names of owners in records", "\"uname\" is not allowed", with_records(record("uname=root"))},
      {"no time of access", "\"atime\" is not allowed", with_records(record("atime=1"))},
      {"no time of change", "\"ctime\" is not allowed", with_records(record("ctime=1"))},
      {"no vendor keys", "\"LIBARCHIVE.creationtime\" is not allowed",
       with_records(record("LIBARCHIVE.creationtime=1"))},
      {"no device in records", "\"SCHILY.dev\" is not allowed", with_records(record("SCHILY.dev=66306"))},
      {"no inode in records", "\"SCHILY.ino\" is not allowed", with_records(record("SCHILY.ino=12345"))},
      {"no sparse maps", "\"GNU.sparse.major\" is not allowed", with_records(record("GNU.sparse.major=1"))},
      {"no sparse entries", "type is not allowed", [](TarPieces& tar) { tar.patch("d/file", 156, "S"); }},
      {"no extended attributes but those allowed, of which there are none",
       "\"SCHILY.xattr.user.note\" is not allowed", with_records(record("SCHILY.xattr.user.note=x"))},
      {"records are sorted", "\"SCHILY.xattr.a\" is not sorted",
       with_records(record("SCHILY.xattr.b=x") + record("SCHILY.xattr.a=x"))},
      {"each record once", "\"path\" is there twice", with_records(record("path=b") + record("path=d/file"))},
      {"an extended header has no name of its own", "another name than PaxHeader",
       [](TarPieces& tar) { tar.entries[4] = patched(tar.entries[4], 0, "PaxHeaders.4711/f"); }},
      {"nor a mode", "mode or owner of its own",
       [](TarPieces& tar) { tar.entries[4] = patched(tar.entries[4], 100, "0000600"); }},
      {"nor a time", "another time",
       [](TarPieces& tar) { tar.entries[4] = patched(tar.entries[4], 136, "00000000001"); }},
      {"names are bytes", "does not say that it is bytes",
       [](TarPieces& tar) {
         std::string& entry = tar.entries.back();
         entry = record_header(record("path=" + in_bytes)) + entry.substr(TarPieces::header_of(entry));
       }},
      {"two zero blocks", "second zero block", [](TarPieces& tar) { tar.end.resize(512); }},
      {"any zero block", "two zero blocks at the end are missing", [](TarPieces& tar) { tar.end.clear(); }},
      {"no padding behind", "bytes behind", [](TarPieces& tar) { tar.end.resize(10'240); }},
      {"whole blocks", "does not end at a block", [](TarPieces& tar) { tar.end += "x"; }},
  };
  return cases;
}

TEST(BrokenRules, OfTarsAreNoticed) {
  const std::string good = good_tar();
  ASSERT_THAT(tar_violations(good), IsEmpty());
  ASSERT_EQ(TarPieces(good).tar(), good);
  for (const auto* table : {&order_and_fields(), &headers_and_ends()})
    for (const TarCase& item : *table) {
      TarPieces pieces(good);
      item.break_it(pieces);
      ASSERT_NE(pieces.tar(), good) << item.rule;
      EXPECT_THAT(tar_violations(pieces.tar()), Contains(HasSubstr(item.noticed))) << item.rule;
    }
}

// The validator that images go through sees what the walker of tars sees, whatever compresses them.
TEST(BrokenRules, OfTarsAreNoticedInImages) {
  TarPieces pieces(good_tar());
  std::swap(pieces.of("d/file"), pieces.of("d/link"));
  for (const Format format : {Format::none, Format::gzip, Format::zstd}) {
    const Compression compression{format, Level::balanced};
    ImageParts parts;
    parts.add_layer(compression.layer_media_type(), compressed(compression, good_tar()),
                    Digest::of(good_tar()));
    EXPECT_THAT(parts.judged(), IsEmpty());
    parts.add_layer(compression.layer_media_type(), compressed(compression, pieces.tar()),
                    Digest::of(pieces.tar()));
    EXPECT_THAT(parts.judged(), Contains(HasSubstr("layer 3: \"d/file\": it is not sorted")));
  }
}

TEST(BrokenRules, ATimeThatIsNotTheImagesIsNoticed) {
  ImageParts parts;
  parts.config.created = "1970-01-01T00:00:00Z";
  EXPECT_THAT(parts.judged(), IsEmpty());
  parts.config.created = "2026-01-01T00:00:00Z";
  EXPECT_THAT(parts.judged(),
              Contains(HasSubstr("layer 0: its time is 1970-01-01T00:00:00Z, but the image was created")));
}

// One gzip member as another library writes it, with a header as ours.
std::string by_zlib(std::string_view text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 5, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  gz_header header = {};
  header.os = 255;
  deflateSetHeader(&stream, &header);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct CompressionCase {
  const char* rule;
  const char* noticed;
  Format format;
  std::function<std::string(const std::string& tar)> compress;
};

std::string gzip(std::string_view text, Level level = Level::balanced) {
  return compressed({Format::gzip, level}, text);
}
std::string zstd(std::string_view text, Level level = Level::balanced) {
  return compressed({Format::zstd, level}, text);
}
std::string replaced(std::string text, std::size_t offset, std::string_view bytes) {
  return text.replace(offset, bytes.size(), bytes);
}

constexpr std::size_t small = 131'072;
constexpr std::size_t large = 1'048'576;

const std::vector<CompressionCase>& compressions() {
  static const std::vector<CompressionCase> cases = {
      {"no time", "the mtime in the header", Format::gzip,
       [](const auto& tar) { return replaced(gzip(tar), 4, "\1"); }},
      {"no system", "the os in the header", Format::gzip,
       [](const auto& tar) { return replaced(gzip(tar), 9, "\3"); }},
      {"no name", "the name in the header", Format::gzip,
       [](const auto& tar) { return replaced(gzip(tar), 3, "\x8").insert(10, "layer.tar", 10); }},
      {"one size of members", "not of the one size", Format::gzip,
       [](const auto& tar) { return gzip(tar.substr(0, small / 2)) + gzip(tar.substr(small / 2)); }},
      {"members of that size", "not of the one size", Format::gzip,
       [](const auto& tar) { return by_zlib(tar); }},
      {"one level", "no level", Format::gzip,
       [](const auto& tar) { return gzip(tar.substr(0, small), Level::fast) + gzip(tar.substr(small)); }},
      {"the pinned library", "no level", Format::gzip,
       [](const auto& tar) { return by_zlib(tar.substr(0, small)) + gzip(tar.substr(small)); }},
      {"no frames without content", "a frame without content", Format::zstd,
       [](const auto& tar) { return std::string("\x50\x2a\x4d\x18\0\0\0\0", 8) + zstd(tar); }},
      {"one size of frames", "not of the one size", Format::zstd,
       [](const auto& tar) { return zstd(tar.substr(0, small)) + zstd(tar.substr(small)); }},
      {"one level of frames", "no level", Format::zstd,
       [](const auto& tar) { return zstd(tar.substr(0, large), Level::fast) + zstd(tar.substr(large)); }},
      {"checksums in frames", "the checksum in the header", Format::zstd,
       [](const auto& tar) {
         std::string last = zstd(tar.substr(large));
         last[4] = static_cast<char>(last[4] & ~4);
         last.resize(last.size() - 4);
         return zstd(tar.substr(0, large)) + last;
       }},
  };
  return cases;
}

TEST(BrokenRules, OfCompressionAreNoticed) {
  layers::FileTree tree;
  tree.add("file", file(sample(large + 3 * small)));
  const std::string tar = tar_of(tree);
  const auto judged = [&](Format format, const std::string& bytes) {
    ImageParts parts;
    parts.add_layer(Compression{format}.layer_media_type(), bytes, Digest::of(tar));
    return parts.judged();
  };
  for (const Format format : {Format::gzip, Format::zstd})
    for (const Level level : {Level::fast, Level::balanced, Level::smallest})
      ASSERT_THAT(judged(format, compressed({format, level}, tar)), IsEmpty());
  for (const CompressionCase& item : compressions())
    EXPECT_THAT(judged(item.format, item.compress(tar)), Contains(HasSubstr(item.noticed))) << item.rule;
}

TEST(BrokenRules, OfJsonAreNoticed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"b":1,"a":2})", "the name \"a\" is not sorted"},
      {R"([{"a":{"d":1,"c":2}}])", "the name \"c\" is not sorted"},
      {R"({"a":1,"Z":2})", "the name \"Z\" is not sorted"},  // by a locale, it would be
      {R"({"a":1,"a":2})", "there twice"},
      {R"({"a": 1})", "white space"},
      {"[1,\n2]", "white space"},
      {"{}\n", "white space"},
      {R"(["a\/b"])", "escape"},
      {R"(["\u00fc"])", "escape"},
      {R"(["\u0041"])", "escape"},
      {R"(["\u000a"])", "escape"},
      {R"(["\u001F"])", "escape"},
      {"[1e3]", "number"},
      {"[1.50]", "number"},
      {"[-0]", "number"}};
  for (const auto& item : cases)
    EXPECT_THAT(json_violations(item.first), Contains(HasSubstr(item.second))) << item.first;
  const Json good = {{"a", {{"z", 1}, {"y", {true, nullptr, -12, 0, 2.5}}}},
                     {"b \"\\\n\x1f/ü<&\x7f", "\"{,:}\\\b\f\t\r\x01"},
                     {"b", Json::array({Json::object(), Json::array(), ""})}};
  EXPECT_THAT(json_violations(canonical(good)), IsEmpty()) << canonical(good);
}

TEST(BrokenRules, OfJsonAreNoticedInEveryDocument) {
  const auto spaced = [](const layers::Document& document) {
    return layers::Document(document.media_type, "{ " + document.bytes.substr(1));
  };
  ImageParts parts;
  parts.image.set_root(spaced(parts.manifest()));
  EXPECT_THAT(violations(parts.image), Contains(HasSubstr("is not canonical JSON: it has white space")));

  const auto config = parts.image.add_document(spaced(layers::write_config(parts.config)));
  const std::string type(layers::media_type::oci_manifest);
  parts.image.set_root(layers::write_manifest({type, config, parts.layers}));
  EXPECT_THAT(violations(parts.image),
              Contains(HasSubstr("config: is not canonical JSON: it has white space")));

  layers::Descriptor child = parts.manifest().descriptor();
  child.platform = parts.config.platform;
  parts.image.set_root(spaced(layers::write_index({std::string(layers::media_type::oci_index), {child}})));
  EXPECT_THAT(violations(parts.image), Contains(HasSubstr("is not canonical JSON: it has white space")));
}

}  // namespace
}  // namespace whittle::test
