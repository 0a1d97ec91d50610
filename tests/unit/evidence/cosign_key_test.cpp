#include "evidence/cosign_key.hpp"

#include "common/json.hpp"
#include "evidence/pem_block.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

std::string json_of_key() {
  return std::string(evidence::read_pem(cosign_key, "the key").bytes.view());
}
std::string opened(const std::string& json, const std::string& password = "canary9b1c") {
  return failure([&] {
    evidence::open_cosign_key(
        json, [&] { return evidence::SecretText(password); }, "the key");
  });
}

TEST(CosignKey, AWrongPasswordIsToldAndNotRepeated) {  // hostile 237
  EXPECT_EQ(opened(json_of_key(), "secret"), "no error");
  EXPECT_EQ(opened(json_of_key()), "auth: the password of the key is wrong, or the key is damaged");
  EXPECT_EQ(opened(json_of_key(), ""), opened(json_of_key()));
}

TEST(CosignKey, OtherCostsOfScryptAreRefusedBeforeAnythingIsSpent) {  // hostile 237
  for (const auto& [name, value] : std::map<std::string, std::vector<std::uint64_t>>{
           {"N", {0, 1, 2, 16384, 65535, 262144, 1ULL << 40U, ~0ULL}},
           {"r", {0, 1, 9, 1ULL << 30U}},
           {"p", {0, 2, 1ULL << 30U}}}) {
    for (const auto number : value) {
      auto json = Json::parse(json_of_key());
      json["kdf"]["params"][name] = number;
      EXPECT_THAT(opened(json.dump()), StartsWith("unsupported: the key wants scrypt")) << name << number;
    }
  }
}

TEST(CosignKey, WhatIsIllFormedIsToldWithoutAByteOfIt) {
  for (const std::string pointer : {"/kdf", "/kdf/name", "/kdf/params", "/kdf/params/N", "/kdf/salt",
                                    "/cipher", "/cipher/name", "/cipher/nonce", "/ciphertext"}) {
    for (const Json& value : {Json(nullptr), Json("canary9b1c!"), Json(-1), Json::array()}) {
      auto json = Json::parse(json_of_key());
      json[Json::json_pointer(pointer)] = value;
      const auto told = opened(json.dump());
      EXPECT_TRUE(told.starts_with("auth: ") || told.starts_with("unsupported: ")) << pointer << told;
      EXPECT_EQ(told.find("canary"), std::string::npos) << told;
    }
  }
  for (const auto* text : {"", "{", "[]", "canary9b1c", "{\"a\":1,\"a\":2}"})
    EXPECT_THAT(opened(text), StartsWith("auth: "));
}

}  // namespace
}  // namespace whittle::test
