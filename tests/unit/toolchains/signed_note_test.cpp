#include "toolchains/signed_note.hpp"

#include "tests/support/fake_checksum_database.hpp"
#include "tests/unit/toolchains/helpers.hpp"
#include "toolchains/database_key.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using test::FakeChecksumDatabase;
using testing::HasSubstr;

const VerifierKey& key() {
  static const auto key = VerifierKey::parse(FakeChecksumDatabase("sum.test").verifier_key()).value();
  return key;
}

// Made by Go's own crypto/ed25519.
constexpr auto foreign_key = "log.example.com+7cef2cba+AXVcTLklbKfNxKz9xs/u2oSQF+W5+VFOmRkb1n4LDUJ2";
constexpr auto foreign_note =
    "first line\nsecond line\n\n\xe2\x80\x94 log.example.com "
    "fO8sum+h9IikmxhAHhiqDx1mWUFqjJf3uhNArb9E/JQp0S7t1dM1Her4NXRoPQ41bNmG96jxb+WeioDdNjcX4dMYGQg=\n";

TEST(SignedNote, ThatAnotherProgramSignedIsVerified) {
  const auto known = VerifierKey::parse(foreign_key);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->name(), "log.example.com");
  EXPECT_EQ(open_note(foreign_note, *known), "first line\nsecond line\n");
}

TEST(SignedNote, OfAnotherKeyOrTextIsUnverified) {
  const FakeChecksumDatabase database("sum.test");
  const auto note = database.signed_note("text\n");
  EXPECT_EQ(open_note(note, key()), "text\n");
  const auto refusal = [&](const std::string& text) { return failure([&] { open_note(text, key()); }); };
  auto changed = note;
  changed[0] = 'T';
  EXPECT_THAT(refusal(changed), testing::StartsWith("unverified: the signed note has a wrong signature"));
  EXPECT_THAT(refusal(FakeChecksumDatabase("sum.test", 2).signed_note("text\n")),
              HasSubstr("is not signed by the key sum.test+"));
  EXPECT_THAT(refusal(FakeChecksumDatabase("other.test").signed_note("text\n")),
              HasSubstr("is not signed by the key"));
}

TEST(SignedNote, MayHaveOtherSignaturesBesideTheRightOne) {
  const auto right = FakeChecksumDatabase("sum.test").signed_note("text\n");
  const auto other = FakeChecksumDatabase("other.test", 3).signed_note("text\n");
  EXPECT_EQ(open_note(right + other.substr(6), key()), "text\n");
}

TEST(SignedNote, OfAnotherFormIsRefused) {
  const auto note = FakeChecksumDatabase("sum.test").signed_note("text\n");
  for (const auto& text :
       {std::string(), std::string("text\n"), std::string("text\n\n"), note.substr(0, note.size() - 1),
        note + "x\n", "\r" + note, "\xff" + note, note + "\xe2\x80\x94 sum.test AAAA\n"})
    EXPECT_THAT(failure([&] { open_note(text, key()); }),
                testing::StartsWith("unverified: the signed note is ill-formed"));
}

TEST(VerifierKey, IsReadStrictly) {
  const std::string text = FakeChecksumDatabase("sum.test").verifier_key();
  EXPECT_TRUE(VerifierKey::parse(text));
  for (const auto& bad :
       {std::string(), std::string("sum.test"), "x" + text, text + "=", text.substr(0, text.size() - 4),
        std::string("sum.test+00000000") + text.substr(17)})
    EXPECT_FALSE(VerifierKey::parse(bad)) << bad;
}

TEST(DatabaseKey, IsFoundInAnInstalledGo) {
  const std::string text = FakeChecksumDatabase("sum.test").verifier_key();
  test::WorkPlace place;
  EXPECT_FALSE(find_database_key(place.path(), "sum.test"));
  // In the command, across the border of two windows, behind something that only looks like a key.
  place.write("bin/go",
              "sum.test+00000000+" + std::string((1U << 20U) - 40, 'A') + text + std::string(100, '\0'));
  ASSERT_TRUE(find_database_key(place.path(), "sum.test"));
  EXPECT_EQ(find_database_key(place.path(), "sum.test")->hash(), key().hash());
  EXPECT_FALSE(find_database_key(place.path(), "other.test"));
  // Its source is looked at first.
  place.write("bin/go", "");
  place.write("src/cmd/go/internal/modfetch/key.go", "\t\"sum.test\": \"" + text + "\",\n");
  EXPECT_TRUE(find_database_key(place.path(), "sum.test"));
}

}  // namespace
}  // namespace whittle::toolchains
