#include <fmt/format.h>
#include <zlib.h>

#include "layers/compression.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_literals;
using test::compressed;
using test::decompressed;
using test::expect_error;
using test::fast_gzip;
using test::fast_zstd;
using test::sample;

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xffU);
  return text;
}

// A gzip member with one stored block, and a header of the caller's choice (RFC 1952, section 2.3).
std::string gzip_member(char flags, const std::string& optional_fields, const std::string& text) {
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  return "\x1f\x8b\x08"s + flags + "\0\0\0\0\0\xff"s + optional_fields + '\x01' + little(text.size(), 2) +
         little(~text.size(), 2) + text + little(crc, 4) + little(text.size(), 4);
}

// A zstd frame without content size or checksum, of given blocks (RFC 8878, section 3.1.1).
std::string frame(unsigned descriptor, const std::string& header, const std::string& blocks) {
  return "\x28\xb5\x2f\xfd"s + static_cast<char>(descriptor) + header + blocks;
}
std::string block(unsigned type, std::size_t size, const std::string& content, bool last) {
  return little(size << 3U | type << 1U | (last ? 1U : 0U), 3) + content;
}

TEST(Decompress, Hostile88_Nothing) {
  EXPECT_EQ(decompressed(""), "");
}

TEST(Decompress, PlainBytesPass) {
  const std::string tar = test::tar_of(layers::FileTree());
  EXPECT_EQ(decompressed(tar), tar);
  for (const auto* text : {"B", "BZh", "BZhang was here", "\x1f", "\xfd", "\x28\xb5"})
    EXPECT_EQ(decompressed(text), text);
}

TEST(Decompress, Hostile99_TheFormatIsToldByTheBytes) {
  using Format = layers::Compression::Format;
  const auto found = [](std::string bytes) {
    const auto source = decompress(std::make_unique<TextSource>(std::move(bytes)), "layer 1");
    EXPECT_EQ(read_all(*source, test::no_limit, "output"), "text");
    return source->format();
  };
  EXPECT_EQ(found(compressed(fast_gzip, "text")), Format::gzip);
  EXPECT_EQ(found(compressed(fast_zstd, "text")), Format::zstd);
  EXPECT_EQ(found("text"), Format::none);
}

TEST(Decompress, Hostile99_AMediaTypeThatSaysSomethingElseIsNamed) {
  using Format = layers::Compression::Format;
  using layers::mislabelled;
  const std::string oci = "application/vnd.oci.image.layer.v1.tar";
  const std::string docker = "application/vnd.docker.image.rootfs.diff.tar";
  EXPECT_EQ(mislabelled(oci + "+gzip", Format::zstd), "is gzip by its media type, but its bytes are zstd");
  EXPECT_EQ(mislabelled(docker + ".gzip", Format::none),
            "is gzip by its media type, but its bytes are not compressed");
  EXPECT_EQ(mislabelled(oci + "+zstd", Format::gzip), "is zstd by its media type, but its bytes are gzip");
  EXPECT_EQ(mislabelled(oci, Format::gzip), "is not compressed by its media type, but its bytes are gzip");
  for (const auto& [type, format] :
       {std::pair(oci + "+gzip", Format::gzip), std::pair(oci + "+zstd", Format::zstd),
        std::pair(docker + ".gzip", Format::gzip), std::pair(oci, Format::none),
        std::pair(std::string("application/octet-stream"), Format::zstd)})
    EXPECT_EQ(mislabelled(type, format), std::nullopt) << type;
}

TEST(Decompress, Hostile92_GzipBomb) {
  const std::string bomb = compressed(fast_gzip, std::string(20U << 20U, '\0'));
  Limits limits;
  limits.uncompressed_layer = 10U << 20U;
  expect_error(ErrorKind::limit, "layer 1", [&] { decompressed(bomb, limits); });
  limits = {};
  limits.ratio = 100;
  limits.ratio_from = 1U << 20U;
  expect_error(ErrorKind::limit, "100 to 1", [&] { decompressed(bomb, limits); });
  EXPECT_EQ(decompressed(bomb).size(), 20U << 20U);
}

TEST(Decompress, Hostile92_ZstdBomb) {
  std::string blocks;
  for (int i = 0; i < 3000; ++i) blocks += block(1, 128U << 10U, "\0"s, i == 2999);  // 375 MiB of zeros
  const auto source = decompress(std::make_unique<TextSource>(frame(0, "\x58", blocks)), "layer 1");
  CountingSink out;
  expect_error(ErrorKind::limit, "1100 to 1", [&] { pump(*source, out); });
  EXPECT_LT(out.count(), 257U << 20U);
}

TEST(Decompress, Hostile93_MembersAndFrames) {
  const std::string text = sample(3'000'000);
  EXPECT_EQ(decompressed(compressed(fast_gzip, text) + gzip_member(0, "", "") + gzip_member(0, "", "tail")),
            text + "tail");
  const std::string skippable = "\x5a\x2a\x4d\x18"s + little(1000, 4) + std::string(1000, '\x28');
  EXPECT_EQ(decompressed(compressed(fast_zstd, text) + skippable + compressed(fast_zstd, "tail")),
            text + "tail");
  EXPECT_EQ(decompressed(skippable + compressed(fast_zstd, "tail") + skippable), "tail");
}

TEST(Decompress, Hostile94_AMillionEmptyMembers) {
  const std::string empty_member = gzip_member(0, "", "");
  const std::string empty_frame = frame(0x20, "\0"s, block(0, 0, "", true));
  std::string members;
  std::string frames;
  for (int i = 0; i < 1'000'000; ++i) {
    members += empty_member;
    frames += empty_frame;
  }
  EXPECT_EQ(decompressed(std::move(members)), "");
  EXPECT_EQ(decompressed(std::move(frames)), "");
}

TEST(Decompress, Hostile95_BytesBehind) {
  for (const std::string& behind :
       {"\0"s, "garbage"s, std::string(512, '\0'), "\x1f"s, "\x1f\x8b"s, "\x1f\x8b\x08"s,
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00"s, "\x28\xb5\x2f\xfd"s})
    expect_error(ErrorKind::integrity, "layer 1", [&] { decompressed(compressed(fast_gzip, "x") + behind); });
  for (const std::string& behind : {"\0"s, "garbage"s, std::string(512, '\0'), "\x28"s, "\x28\xb5\x2f\xfd"s,
                                    "\x1f\x8b"s, "\x27\xb5\x2f\xfd"s /* zstd 0.7 */})
    expect_error(ErrorKind::integrity, "layer 1", [&] { decompressed(compressed(fast_zstd, "x") + behind); });
}

TEST(Decompress, Hostile96_EveryCutAndEveryFlippedBit) {
  const std::string text = "the quick brown fox jumps over the lazy dog, the quick brown fox";
  for (const Compression& compression : {fast_gzip, fast_zstd}) {
    const std::string good = compressed(compression, text);
    for (std::size_t size = compression == fast_gzip ? 2 : 4; size < good.size(); ++size)
      expect_error(ErrorKind::integrity, "layer 1", [&] { decompressed(good.substr(0, size)); });
    for (std::size_t bit = 32; bit < good.size() * 8; ++bit) {
      if (compression == fast_gzip && bit / 8 >= 4 && bit / 8 < 10)
        continue;  // time, flags for the compressor, system
      std::string bad = good;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
      // A flip may leave the content as it was (unused bits of a block), but never change it unnoticed.
      try {
        EXPECT_EQ(decompressed(bad), text) << bit;
      } catch (const Error& error) {
        EXPECT_TRUE(error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::unsupported ||
                    error.kind() == ErrorKind::limit)
            << error.message();
      }
    }
  }
}

TEST(Decompress, Hostile97_GzipHeaders) {
  const std::string extra = little(65535, 2) + std::string(65535, 'e');
  EXPECT_EQ(decompressed(gzip_member(4, extra, "x")), "x");
  EXPECT_EQ(decompressed(gzip_member(8, "name\0"s, "x")), "x");
  EXPECT_EQ(decompressed(gzip_member(4 | 8 | 16, extra + "name\0comment\0"s, "x")), "x");
  expect_error(ErrorKind::integrity, "header is longer",
               [] { decompressed(gzip_member(8, std::string(10U << 20U, 'n'), "x")); });
  expect_error(ErrorKind::integrity, "header is longer",
               [] { decompressed(gzip_member(16, std::string(1U << 20U, 'n') + '\0', "x")); });
  expect_error(ErrorKind::integrity, "flags", [] { decompressed(gzip_member(0x20, "", "x")); });
  expect_error(ErrorKind::integrity, "header crc", [] { decompressed(gzip_member(2, "ab", "x")); });
  std::string method = gzip_member(0, "", "x");
  method[2] = 7;
  expect_error(ErrorKind::integrity, "method", [&] { decompressed(method); });
}

TEST(Decompress, Hostile98_ZstdHeaders) {
  const std::string nothing = block(0, 0, "", true);
  EXPECT_EQ(decompressed(frame(0, "\x88", nothing)), "");  // 128 MiB
  expect_error(ErrorKind::limit, "134217728", [&] { decompressed(frame(0, "\x90", nothing)); });
  expect_error(ErrorKind::limit, "134217728", [&] { decompressed(frame(0, "\xff", nothing)); });
  expect_error(ErrorKind::unsupported, "dictionary", [&] { decompressed(frame(1, "\x58\x05", nothing)); });
  std::string checksum = compressed(fast_zstd, "hello");
  checksum.back() = static_cast<char>(checksum.back() ^ 1);
  expect_error(ErrorKind::integrity, "checksum", [&] { decompressed(checksum); });
  // A frame that declares 5 bytes and has 3, and one that declares 1.
  expect_error(ErrorKind::integrity, "layer 1",
               [] { decompressed(frame(0x20, "\x05", block(0, 3, "abc", true))); });
  expect_error(ErrorKind::integrity, "layer 1",
               [] { decompressed(frame(0x20, "\x01", block(0, 3, "abc", true))); });
}

TEST(Decompress, Hostile100_OtherFormats) {
  const std::pair<const char*, std::string> cases[] = {{"xz", "\xfd"s + "7zXZ\0\0\4"s},
                                                       {"bzip2", "BZh91AY&SY\x01\x02"},
                                                       {"bzip2", "BZh1\x17rE8P\x90\0\0"s},
                                                       {"lz4", "\x04\x22\x4d\x18zzzz"}};
  for (const auto& item : cases)
    expect_error(ErrorKind::unsupported, item.first, [&] { decompressed(item.second); });
}

TEST(Decompress, Hostile103_TheVerifiedSourceIsReadToItsEnd) {
  for (const Compression& compression : {fast_gzip, fast_zstd, Compression{Compression::Format::none, {}}}) {
    const std::string good = compressed(compression, "hello");
    const auto read_as = [&](const std::string& bytes, std::size_t size) {
      auto verified = std::make_unique<VerifiedSource>(std::make_unique<TextSource>(bytes), Digest::of(good),
                                                       size, "blob");
      const auto source = decompress(std::move(verified), "layer 1");
      return read_all(*source, 100, "output");
    };
    EXPECT_EQ(read_as(good, good.size()), "hello");
    expect_error(ErrorKind::integrity, "longer than", [&] { read_as(good + "x", good.size()); });
    expect_error(ErrorKind::integrity, "ends after", [&] { read_as(good, good.size() + 1); });
  }
}

// A source that gives one byte at a time must not matter.
class Drip final : public ByteSource {
 public:
  explicit Drip(std::string text) : inner_(std::move(text)) {}
  std::size_t read(MutableBytes buffer) override { return inner_.read(buffer.first(1)); }

 private:
  TextSource inner_;
};

// With an empty last block, the library alone sees the difference only when it is given the frame whole.
TEST(Decompress, Hostile098_ZstdFrameWithFewerBytesThanItStates) {
  const auto text = frame(0x20, "\x50", block(0, 60, std::string(60, 'x'), false) + block(0, 0, "", true));
  expect_error(ErrorKind::integrity, "layer 1", [&] { decompressed(text); });
  expect_error(ErrorKind::integrity, "fewer bytes than it states", [&] {
    const auto source = decompress(std::make_unique<Drip>(text), "layer 1");
    read_all(*source, 1000, "the output");
  });
}

TEST(Decompress, OneByteAtATime) {
  const std::string text = sample(50'000);
  for (const Compression& compression : {fast_gzip, fast_zstd, Compression{Compression::Format::none, {}}}) {
    const auto source = decompress(std::make_unique<Drip>(compressed(compression, text)), "layer 1");
    std::string result;
    std::byte byte{};
    while (source->read({&byte, 1}) == 1) result += static_cast<char>(byte);
    EXPECT_EQ(result, text);
    EXPECT_EQ(source->read({&byte, 1}), 0U);
  }
}

}  // namespace
}  // namespace whittle::layers
