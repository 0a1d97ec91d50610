#include "common/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using test::failure;
using testing::HasSubstr;

// FIPS 180-2, appendix B.
constexpr std::string_view of_abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, OfKnownText) {
  EXPECT_EQ(Digest::of("abc").text(), of_abc);
  Hasher hasher(Digest::Algorithm::sha512);
  hasher.write("abc");
  const auto long_digest = hasher.finish();
  EXPECT_EQ(long_digest.algorithm_name(), "sha512");
  EXPECT_THAT(long_digest.text(), testing::StartsWith("sha512:ddaf35a193617abacc417349ae204131"));
  EXPECT_EQ(Digest::parse(long_digest.text()), long_digest);
}

TEST(Digest, ParsesOnlyTheOneForm) {
  EXPECT_EQ(Digest::parse(of_abc).short_hex(), "ba7816bf8f01");
  const std::string hex(64, 'a');
  for (const std::string& bad : std::vector<std::string>{
           "", "sha256" + hex, "sha256:" + hex.substr(1), "sha256:" + hex + "a",
           "sha256:" + std::string(64, 'A'), "SHA256:" + hex, "sha256:" + std::string(64, 'g'), ":" + hex,
           "sha256:", "sha256:" + hex + "\n"})
    EXPECT_THAT(failure([&] { Digest::parse(bad); }), testing::StartsWith("integrity: ")) << bad;
  EXPECT_THAT(failure([&] { Digest::parse("md5:" + hex); }), testing::StartsWith("unsupported: "));
}

std::unique_ptr<ByteSource> verified(std::string text, std::uint64_t size, std::string_view digest = of_abc) {
  return std::make_unique<VerifiedSource>(std::make_unique<TextSource>(std::move(text)),
                                          Digest::parse(digest), size, "blob B");
}

TEST(Digest, VerifiedSourcePassesWhatIsTrue) {
  const auto source = verified("abc", 3);
  EXPECT_EQ(read_all(*source, 10, "x"), "abc");
}

TEST(Digest, VerifiedSourceRefusesEveryLie) {
  EXPECT_EQ(failure([] { read_all(*verified("abc", 2), 10, "x"); }),
            "integrity: blob B is longer than the 2 bytes its descriptor states");
  EXPECT_EQ(failure([] { read_all(*verified("abc", 4), 10, "x"); }),
            "integrity: blob B ends after 3 of 4 bytes");
  EXPECT_THAT(failure([] { read_all(*verified("abd", 3), 10, "x"); }),
              HasSubstr("blob B has digest sha256:"));
}

TEST(Digest, Hostile215_KeyPartsCannotRunTogether) {
  EXPECT_NE(KeyHasher().add("a").add("bc").finish(), KeyHasher().add("ab").add("c").finish());
  EXPECT_NE(KeyHasher().add("").finish(), KeyHasher().finish());
}

TEST(Digest, DigestingSinkLearnsWhatPasses) {
  TextSink out(10, "x");
  DigestingSink sink(out);
  sink.write(as_bytes("ab"));
  sink.write(as_bytes("c"));
  EXPECT_EQ(sink.size(), 3U);
  EXPECT_EQ(sink.finish().text(), of_abc);
  EXPECT_EQ(out.text(), "abc");
}

}  // namespace
}  // namespace whittle
