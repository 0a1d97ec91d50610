#include "common/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

std::string json_failure(std::string_view text, const JsonLimits& limits = {}) {
  return failure([&] { parse_json(text, "manifest M", ErrorKind::integrity, limits); });
}

TEST(Json, CanonicalForm) {
  const auto json = parse_json(R"( {"b": [1, 2.5, null, true], "a": {"ü": "\u00fc"}} )", "m");
  EXPECT_EQ(canonical(json), R"({"a":{"ü":"ü"},"b":[1,2.5,null,true]})");
  EXPECT_THAT(failure([] { canonical(Json("\xff")); }), StartsWith("internal: "));
}

TEST(Json, DoubledNamesAreRefusedAtAnyDepth) {
  EXPECT_EQ(json_failure(R"([{"a":{"b":1,"c":2,"b":3}}])"),
            "integrity: manifest M has the name \"b\" twice in one object");
  EXPECT_EQ(json_failure(R"({"a":{"a":1},"b":{"a":1}})"), "no error");
}

TEST(Json, MalformedTextIsRefused) {
  for (const std::string_view bad :
       {"", "{", "{}x", "[1,]", "{\"a\":1,}", "\"\xff\"", "\"\\ud800\"", "// c\n{}", "nul", "\x01"})
    EXPECT_THAT(json_failure(bad), StartsWith("integrity: manifest M is not valid JSON at byte ")) << bad;
}

TEST(Json, LimitsHold) {
  EXPECT_THAT(json_failure(std::string(65, '[') + std::string(65, ']')),
              StartsWith("limit: manifest M is nested deeper"));
  EXPECT_EQ(json_failure(std::string(64, '[') + std::string(64, ']')), "no error");
  EXPECT_THAT(json_failure(std::string(100'000, '[')), StartsWith("limit: "));
  EXPECT_EQ(json_failure("[1234]", {5, 64}), "limit: manifest M has 6 bytes, more than the limit of 5");
}

TEST(Json, NestedContainersKeepTheirPlace) {
  const auto json = parse_json(R"({"x":[[{"y":[1]},{"z":{}}],2],"w":0})", "m");
  EXPECT_EQ(canonical(json), R"({"w":0,"x":[[{"y":[1]},{"z":{}}],2]})");
}

}  // namespace
}  // namespace whittle
