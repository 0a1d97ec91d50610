#include "evidence/public_key.hpp"

#include "evidence/pem_block.hpp"

#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

std::string refused_public_key(std::string_view pem) {
  return failure([&] { public_key(pem); });
}

TEST(PublicKey, WhatIsNoKeyToVerifyWithIsNamed) {  // hostile 237
  EXPECT_THAT(refused_public_key(ec_pkcs8),
              StartsWith("auth: the key is no public key: its PEM block is labelled PRIVATE KEY"));
  EXPECT_THAT(refused_public_key(cosign_key), HasSubstr("the private one"));
  EXPECT_THAT(refused_public_key(certificate), HasSubstr("CERTIFICATE"));
  EXPECT_THAT(refused_public_key(rsa_1024_public), StartsWith("auth: the key is an RSA key of 1024 bits"));
  EXPECT_THAT(refused_public_key(ed25519_public), StartsWith("unsupported: "));
  EXPECT_THAT(refused_public_key(p384_public), StartsWith("unsupported: "));
}

TEST(PublicKey, OtherBytesUnderTheRightLabelAreRefused) {
  EXPECT_THAT(refused_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
              StartsWith("auth: "));
  const auto der = evidence::read_pem(ec_public, "the key");
  EXPECT_THAT(failure([&] { evidence::PublicKey::from_der(std::string(der.bytes.view()) + "x", "it"); }),
              StartsWith("auth: "));
  EXPECT_EQ(evidence::PublicKey::from_der(der.bytes.view(), "it"), public_key());
}

TEST(PublicKey, IsWrittenAsItWasRead) {
  EXPECT_EQ(public_key().pem(), ec_public);
  EXPECT_EQ(public_key(rsa_2048_public).pem(), rsa_2048_public);
  EXPECT_EQ(public_key(), public_key());
  EXPECT_FALSE(public_key() == public_key(other_public));
}

// r and s of an ECDSA signature in DER, each of at most 33 bytes.
struct Numbers {
  std::string r;
  std::string s;
};
Numbers numbers_of(const std::string& signature) {
  const auto r_size = static_cast<std::size_t>(signature[3]);
  return {signature.substr(4, r_size), signature.substr(6 + r_size)};
}
std::string der_of(const Numbers& numbers) {
  const auto integer = [](const std::string& bytes) {
    return std::string("\x02") + static_cast<char>(bytes.size()) + bytes;
  };
  const auto body = integer(numbers.r) + integer(numbers.s);
  return std::string("\x30") + static_cast<char>(body.size()) + body;
}
std::string padded(const std::string& number) {
  return number.size() > 32 ? number.substr(number.size() - 32)
                            : std::string(32 - number.size(), '\0') + number;
}

TEST(PublicKey, SignaturesInAnyOtherFormAreNone) {  // hostile 235
  auto signer = private_key();
  const auto key = public_key();
  const auto good = signer.sign("message");
  ASSERT_TRUE(key.verifies("message", good));
  const auto numbers = numbers_of(good);
  ASSERT_EQ(der_of(numbers), good);
  for (const auto& bad :
       {std::string(), std::string("x"), good + '\0', good.substr(0, good.size() - 1),
        der_of({std::string(1, '\0'), numbers.s}), der_of({numbers.r, std::string(1, '\0')}),
        der_of({std::string("\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7"
                            "\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
                            33),
                numbers.s}),
        der_of({std::string(1, '\0') + numbers.r, numbers.s}), der_of({numbers.s, numbers.r}),
        padded(numbers.r) + padded(numbers.s), std::string(1U << 20U, '\x30')})
    EXPECT_FALSE(key.verifies("message", bad)) << bad.size();
  EXPECT_FALSE(key.verifies("other", good));
  EXPECT_FALSE(public_key(other_public).verifies("message", good));
}

}  // namespace
}  // namespace whittle::test
