#include "evidence/private_key.hpp"

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

std::string refused_private_key(std::string_view pem) {
  return failure([&] { private_key(pem); });
}

TEST(PrivateKey, EveryFormOfOneKeySignsForTheSamePublicKey) {
  const evidence::AskPassword password = [] { return evidence::SecretText("secret"); };
  for (const auto pem : {ec_pkcs8, ec_sec1, ec_with_parameters, cosign_key}) {
    auto key = evidence::PrivateKey::parse(pem, password, "the key");
    EXPECT_EQ(key.public_key(), public_key());
    EXPECT_TRUE(public_key().verifies("message", key.sign("message")));
  }
}

TEST(PrivateKey, RsaSignsToo) {
  auto key = private_key(rsa_2048);
  EXPECT_TRUE(public_key(rsa_2048_public).verifies("message", key.sign("message")));
  EXPECT_FALSE(public_key(rsa_2048_public).verifies("messagf", key.sign("message")));
}

TEST(PrivateKey, WhatCannotSignIsNamed) {  // hostile 237
  EXPECT_THAT(
      refused_private_key(ec_public),
      StartsWith("auth: the key is no private key that can sign: its PEM block is labelled PUBLIC KEY"));
  EXPECT_THAT(refused_private_key(certificate), HasSubstr("CERTIFICATE"));
  EXPECT_THAT(refused_private_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
              HasSubstr("holds something else"));
  EXPECT_THAT(refused_private_key(
                  "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
              HasSubstr("pkcs8"));
}

}  // namespace
}  // namespace whittle::test
