#include "comparison/compression_profile.hpp"

#include "tests/unit/comparison/helpers.hpp"

namespace whittle::comparison {
namespace {

using Format = layers::Compression::Format;

CompressionProfile gzip(const char* os, const char* mtime, std::uint64_t parts, std::uint64_t content,
                        unsigned flushes = 0) {
  CompressionProfile profile;
  for (std::uint64_t i = 0; i < parts; ++i)
    profile.add({Format::gzip, content / 2, content, {{"os", os}, {"mtime", mtime}, {"xfl", "0"}}});
  const std::string mark("x\0\0\xff\xffy", 6);
  for (unsigned i = 0; i < flushes; ++i) profile.look(as_bytes(mark));
  return profile;
}

TEST(CompressionProfile, GuessesTheProgram) {
  EXPECT_EQ(gzip("255", "0", 1, 5U << 20U).compressor(),
            "Go's compress/gzip or one like it (docker, ko, crane)");
  EXPECT_EQ(gzip("3", "5", 1, 5U << 20U).compressor(), "gzip or another program on zlib");
  EXPECT_EQ(gzip("3", "5", 1, 5U << 20U, 40).compressor(), "pigz");
  EXPECT_EQ(gzip("255", "0", 9, 128U << 10U).compressor(), "whittle (libdeflate)");
  CompressionProfile estargz;
  estargz.add({Format::gzip, 10, 10, {{"os", "255"}}});
  estargz.add({Format::gzip,
               51,
               0,
               {{"os", "255"}, {"extra", "SG" + std::string("\x16\0", 2) + "00000000000000faSTARGZ"}}});
  EXPECT_EQ(estargz.compressor(), "an eStargz compressor");
  EXPECT_EQ(CompressionProfile().compressor(), "none");
}

TEST(CompressionProfile, FindsMarksAcrossPieces) {
  CompressionProfile profile;
  profile.add({Format::gzip, 10, 10, {{"os", "3"}}});
  const std::string mark("\0\0\xff\xff", 4);
  for (std::size_t cut = 1; cut < mark.size(); ++cut) {
    profile.look(as_bytes(std::string_view(mark).substr(0, cut)));
    profile.look(as_bytes(std::string_view(mark).substr(cut)));
  }
  EXPECT_EQ(profile.fields().at("flushed blocks"), "yes");
}

// How a stream comes in pieces says nothing of it.
TEST(CompressionProfile, PiecesOfAnySizeGiveTheSame) {
  const std::string stream("\0\0\0\xff\xff\xff\0\0\xff\xff\0\0\xff\0\xff\xff\0\0\xff\xff",
                           20);  // three marks
  for (std::size_t piece = 1; piece <= stream.size(); ++piece)
    for (const std::uint64_t marks : {3U, 4U}) {
      CompressionProfile profile;
      // One less than the blocks that must have one is enough.
      profile.add({Format::gzip, 10, (marks + 1) << 20U, {{"os", "3"}}});
      for (std::size_t at = 0; at < stream.size(); at += piece)
        profile.look(as_bytes(std::string_view(stream).substr(at, piece)));
      EXPECT_EQ(profile.fields().at("flushed blocks"), marks == 3 ? "yes" : "no") << piece;
    }
}

TEST(CompressionProfile, SaysWhichFieldsDiffer) {
  Findings findings;
  compare_compression(gzip("255", "0", 1, 4096), gzip("3", "7", 1, 4096), true, {"layer 1"}, findings);
  EXPECT_THAT(test::lines_of(findings), testing::IsSupersetOf({"layer 1 > gzip mtime compression: 0 -> 7",
                                                               "layer 1 > gzip os compression: 255 -> 3"}));
}

}  // namespace
}  // namespace whittle::comparison
