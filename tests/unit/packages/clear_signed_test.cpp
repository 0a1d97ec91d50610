#include "packages/clear_signed.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;

const std::string begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
const std::string hash = "Hash: SHA256\n\n";
const std::string signature = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n=ef\n-----END PGP SIGNATURE-----\n";

std::string signed_text(const std::string& message) {
  return clear_signed_text(message, "m");
}

TEST(ClearSigned, GivesTheText) {
  EXPECT_EQ(signed_text(begin + hash + "A: 1\nB: 2\n" + signature + "\n \n"), "A: 1\nB: 2");
  EXPECT_EQ(signed_text(begin + hash + "- -dash\n- From\n\n \t\n" + signature), "-dash\nFrom\n\n");
  EXPECT_EQ(signed_text(begin + hash + "A: 1  \r\n" + signature), "A: 1");
  EXPECT_EQ(signed_text(begin + hash + signature), "");
}

// Hostile 257: inline text outside the signed part.
TEST(ClearSigned, RefusesWhatNoSignatureCovers) {
  EXPECT_EQ(failure([] { signed_text("A: 0\n" + begin + hash + "A: 1\n" + signature); }),
            "unverified: m:1: it does not begin with a clear-signed text");
  EXPECT_EQ(failure([] { signed_text(""); }), "unverified: m:0: it does not begin with a clear-signed text");
  EXPECT_EQ(failure([] { signed_text(begin + "Hash: SHA256\nComment: x\n\nA: 1\n" + signature); }),
            "unverified: m:3: the header \"Comment: x\" is not covered by a signature");
  EXPECT_EQ(failure([] { signed_text(begin + "A: 0\n\nA: 1\n" + signature); }),
            "unverified: m:2: the header \"A: 0\" is not covered by a signature");
  EXPECT_EQ(failure([] { signed_text(begin + hash + "A: 1\n" + signature + "A: 2\n"); }),
            "unverified: m:10: there is text behind the signature");
  EXPECT_EQ(
      failure([] { signed_text(begin + hash + "A: 1\n" + signature + begin + hash + "A: 2\n" + signature); }),
      "unverified: m:10: there is text behind the signature");
}

TEST(ClearSigned, RefusesBrokenFrames) {
  EXPECT_EQ(failure([] { signed_text(begin + hash + "A: 1\n"); }),
            "unverified: m:4: there is no signature behind the text");
  EXPECT_EQ(failure([] { signed_text(begin + hash + "-A: 1\n" + signature); }),
            "unverified: m:4: the line \"-A: 1\" is not escaped");
  EXPECT_EQ(failure([] { signed_text(begin + hash + begin + "A: 1\n" + signature); }),
            "unverified: m:4: the line \"-----BEGIN PGP SIGNED MESSAGE-----\" is not escaped");
  EXPECT_EQ(failure([] { signed_text(begin + hash + "A: 1\n-----BEGIN PGP SIGNATURE-----\nabcd\n"); }),
            "unverified: m:6: the signature is cut off");
}

}  // namespace
}  // namespace whittle::packages
