#include "packages/openpgp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/file.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/signing_key.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using test::SigningKey;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint32_t created = 1'700'000'000;  // of keys
constexpr std::uint32_t signed_at = 1'750'000'000;
constexpr std::chrono::sys_seconds verified_at{std::chrono::seconds(1'750'100'000)};
const std::string text = "A: 1\n-dash\nB: 2  \n";

std::string verify(const std::string& message, const std::vector<std::string>& keys,
                   std::chrono::sys_seconds time = verified_at,
                   const std::vector<std::string>& fingerprints = {}) {
  Trust trust{{}, fingerprints, time};
  for (const auto& key : keys) trust.keys.push_back({{}, key});
  return verify_clear_signed(message, trust, "it");
}

class OpenPgp : public ::testing::Test {
 protected:
  SigningKey key;
  SigningKey other;
};

TEST_F(OpenPgp, TakesAGoodSignature) {
  const auto message = key.clear_sign(text);
  EXPECT_EQ(verify(message, {key.public_key()}), "A: 1\n-dash\nB: 2\n");
  EXPECT_EQ(verify(message, {other.public_key(), key.public_key(false)}), "A: 1\n-dash\nB: 2\n");
  EXPECT_EQ(verify(message, {other.public_key() + "\n" + key.public_key()}), "A: 1\n-dash\nB: 2\n")
      << "two blocks";
}

TEST_F(OpenPgp, TakesKeysFromFiles) {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "key.gpg";
  write_file(file, key.public_key(false) + other.public_key(false), AtomicFile::Durability::content);
  const auto verify_with = [&](const std::filesystem::path& keys) {
    return verify_clear_signed(other.clear_sign("x\n"), {{{keys, {}}}, {}, verified_at}, "it");
  };
  EXPECT_EQ(verify_with(file), "x\n");
  EXPECT_THAT(failure([&] { verify_with(folder.path() / "absent"); }), StartsWith("not-found: "));
  write_file(file, "no keys", AtomicFile::Durability::content);
  EXPECT_THAT(failure([&] { verify_with(file); }), HasSubstr("there are no OpenPGP keys in it"));
}

TEST_F(OpenPgp, IsContentWithOneOfSeveral) {
  const auto message = key.clear_sign(text, {}, {&other});
  EXPECT_EQ(verify(message, {key.public_key()}), "A: 1\n-dash\nB: 2\n");
  EXPECT_EQ(verify(message, {other.public_key()}), "A: 1\n-dash\nB: 2\n");
}

// Hostile 257, here and below.
TEST_F(OpenPgp, RefusesAnUnknownKey) {
  EXPECT_EQ(failure([&] { verify(key.clear_sign(text), {other.public_key()}); }),
            "unverified: it has no good signature: key " + key.id() + ": it is not among the trusted keys");
  EXPECT_EQ(failure([&] { verify(key.clear_sign(text), {}); }),
            "unverified: it has no good signature: key " + key.id() + ": it is not among the trusted keys");
}

TEST_F(OpenPgp, RefusesAKeyThatIsNotListed) {
  const auto message = key.clear_sign(text);
  EXPECT_EQ(verify(message, {key.public_key()}, verified_at, {key.fingerprint()}), "A: 1\n-dash\nB: 2\n");
  EXPECT_THAT(failure([&] { verify(message, {key.public_key()}, verified_at, {other.fingerprint()}); }),
              HasSubstr("it is not one of those that this archive may be signed with"));
}

TEST_F(OpenPgp, RefusesAChangedText) {
  auto message = key.clear_sign(text);
  message.replace(message.find("A: 1"), 4, "A: 2");
  EXPECT_EQ(
      failure([&] { verify(message, {key.public_key()}); }),
      "unverified: it has no good signature: key " + key.id() + ": the signature does not fit the text");
}

TEST_F(OpenPgp, RefusesAnExpiredKey) {
  const SigningKey brief({"EDDSA", 0, created, 60'000'000});  // expires behind the signature
  const auto message = brief.clear_sign(text);
  const std::chrono::sys_seconds end{std::chrono::seconds(created + 60'000'000)};
  EXPECT_EQ(verify(message, {brief.public_key()}, end - std::chrono::seconds(1)), "A: 1\n-dash\nB: 2\n");
  EXPECT_THAT(failure([&] { verify(message, {brief.public_key()}, end + std::chrono::seconds(1)); }),
              HasSubstr(brief.id() + ": it has expired"));
}

TEST_F(OpenPgp, RefusesAnExpiredSignature) {
  EXPECT_THAT(failure([&] {
                verify(key.clear_sign(text, {signed_at, 100, "SHA256"}), {key.public_key()});
              }),
              HasSubstr("the signature has expired"));
}

TEST_F(OpenPgp, RefusesTheFuture) {
  const std::chrono::sys_seconds before{std::chrono::seconds(signed_at - 1)};
  EXPECT_THAT(failure([&] { verify(key.clear_sign(text), {key.public_key()}, before); }),
              HasSubstr("from the future; is this machine's clock right?"));
  EXPECT_THAT(failure([&] { verify(key.clear_sign(text), {key.public_key()}, {}); }),
              StartsWith("unverified: "));
}

TEST_F(OpenPgp, RefusesARevokedKey) {
  const auto message = key.clear_sign(text);
  key.revoke();
  EXPECT_THAT(failure([&] { verify(message, {key.public_key()}); }),
              HasSubstr(key.id() + ": it has been revoked"));
}

TEST_F(OpenPgp, RefusesWeakHashes) {
  for (const auto* hash : {"SHA1", "RIPEMD160", "SHA224"})
    EXPECT_THAT(failure([&] {
                  verify(key.clear_sign(text, {signed_at, 0, hash}), {key.public_key()});
                }),
                HasSubstr(std::string("the signature is over ") + hash + ", which is too weak"));
}

TEST_F(OpenPgp, RefusesShortKeys) {
  const SigningKey weak({"RSA", 1024});
  EXPECT_THAT(failure([&] { verify(weak.clear_sign(text), {weak.public_key()}); }),
              HasSubstr("RSA of 1024 bits is too weak"));
  const SigningKey strong({"RSA", 2048});
  EXPECT_EQ(verify(strong.clear_sign("x\n"), {strong.public_key()}), "x\n");
}

TEST_F(OpenPgp, RefusesGarbageForASignature) {
  const std::string message =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nA: 1\n-----BEGIN PGP SIGNATURE-----\n\n!!!!\n"
      "-----END PGP SIGNATURE-----\n";
  EXPECT_EQ(failure([&] { verify(message, {key.public_key()}); }),
            "unverified: it has no good signature: none can be read");
}

}  // namespace
}  // namespace whittle::packages
