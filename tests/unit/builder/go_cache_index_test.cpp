#include "builder/go_cache_index.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/digest.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

using testing::HasSubstr;

const std::string low(64, '1');
const std::string high(64, 'f');

std::string index_of(const std::string& entries) {
  return fmt::format(R"({{"entries":[{}],"version":1}})", entries);
}
std::string entry_text(const std::string& action, const std::string& object, const std::string& size) {
  return fmt::format(R"(["{}","{}",{}])", action, object, size);
}
std::string refusal_of(const std::string& text) {
  return test::failure([&] { cache_entries_from(text, "the index"); });
}

TEST(GoCacheIndex, IsReadAsItWasWritten) {
  const std::vector<GoCacheEntry> entries = {{*sha256_from_hex(low), *sha256_from_hex(high), 10},
                                             {*sha256_from_hex(high), *sha256_from_hex(high), 10}};
  const auto text = to_text(entries);
  EXPECT_EQ(text, index_of(entry_text(low, high, "10") + "," + entry_text(high, high, "10")));
  EXPECT_EQ(cache_entries_from(text, "the index"), entries);
  EXPECT_EQ(bytes_of(entries), 10U);
}

TEST(GoCacheIndex, IsRefusedWhenItIsNone) {
  EXPECT_THAT(refusal_of("{}"), HasSubstr("integrity: the index is none of whittle's"));
  EXPECT_THAT(refusal_of("[]"), HasSubstr("integrity"));
  EXPECT_THAT(refusal_of(index_of("3")), HasSubstr("integrity"));
  EXPECT_THAT(refusal_of(index_of(entry_text(low, high, "10").substr(1))), HasSubstr("integrity"));
  EXPECT_THAT(refusal_of(index_of(entry_text("../" + low.substr(3), high, "10"))), HasSubstr("two hashes"));
  EXPECT_THAT(refusal_of(index_of(entry_text(low, "", "10"))), HasSubstr("two hashes"));
  for (const auto* size : {"0", "-1", "1.5", "\"10\"", "99999999999999"})
    EXPECT_THAT(refusal_of(index_of(entry_text(low, high, size))), HasSubstr("integrity")) << size;
  EXPECT_THAT(refusal_of(R"({"entries":[],"version":2})"), HasSubstr("unsupported: "));
}

TEST(GoCacheIndex, HasOneMeaning) {
  EXPECT_THAT(refusal_of(index_of(entry_text(high, low, "1") + "," + entry_text(low, low, "1"))),
              HasSubstr("not in order"));
  EXPECT_THAT(refusal_of(index_of(entry_text(low, low, "1") + "," + entry_text(low, high, "1"))),
              HasSubstr("there twice"));
  EXPECT_THAT(refusal_of(index_of(entry_text(low, low, "1") + "," + entry_text(high, low, "2"))),
              HasSubstr("two sizes"));
}

TEST(GoCacheIndex, IsBounded) {
  std::string entries;
  for (std::size_t i = 0; i <= most_cache_entries; ++i)
    entries += fmt::format("{}{}", i == 0 ? "" : ",", entry_text(fmt::format("{:064x}", i), low, "1"));
  EXPECT_THAT(refusal_of(index_of(entries)), HasSubstr("limit: "));
}

}  // namespace
}  // namespace whittle::builder
